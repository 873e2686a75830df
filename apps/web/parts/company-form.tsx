import { getSso, type GivenRole, type SsoView } from '@lib/contract';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { changeSigned } from '../api/passkey.ts';
import { fieldText } from '../text/field-text.ts';

type Props = { readonly sso: SsoView | null; readonly redirectUri: string | null; readonly onSettled: () => Promise<unknown> };
const empty = {
  issuer: '',
  clientId: '',
  domains: [],
  defaultRole: 'developer',
  roleClaim: null,
  groupRoles: [],
  required: false,
} as const;
const roles: readonly GivenRole[] = ['admin', 'analyst', 'developer', 'auditor'];

/** What is written down of a provider. The secret goes in and never comes out. */
export function CompanyForm({ sso, redirectUri, onSettled }: Props): ReactNode {
  const { issuer, clientId, domains, defaultRole, roleClaim, groupRoles, required } = sso ?? empty;
  const set = useMutation({
    mutationFn: (form: HTMLFormElement) =>
      changeSigned('POST', '/v1/sso', { operationId: 'setSso', body: bodyOf(form), schema: getSso.answers[200].schema }),
    onSettled,
  });
  return (
    <section className="card" aria-label="Set up">
      <h2>{sso === null ? 'Connect a provider (OpenID Connect)' : 'Change the provider'}</h2>
      <p>
        Register a web application there, for the authorization code flow, with this redirect address:{' '}
        {redirectUri === null ? <strong>open Aegis by a name and over https, or at localhost, first</strong> : <code>{redirectUri}</code>}
      </p>
      <form
        className="stacked-form"
        onSubmit={(event) => {
          event.preventDefault();
          set.mutate(event.currentTarget);
        }}
      >
        <Field name="issuer" label="Issuer" value={issuer} placeholder="https://login.example.com" required />
        <Field name="clientId" label="Client id" value={clientId} required />
        <Field name="clientSecret" label={sso === null ? 'Client secret' : 'Client secret (empty: stays)'} type="password" />
        <Field name="domains" label="E-mail domains, divided by commas" value={domains.map(({ domain }) => domain).join(', ')} required />
        <label>
          Role of whoever has none by a group
          <select name="defaultRole" defaultValue={defaultRole ?? ''}>
            <option value="">none: they stay out</option>
            {roles.map((role) => (
              <option key={role}>{role}</option>
            ))}
          </select>
        </label>
        <Field name="roleClaim" label="Claim that names groups" value={roleClaim ?? ''} placeholder="groups" />
        <label>
          Groups and their roles, one a line
          <textarea
            name="groupRoles"
            rows={4}
            placeholder="Security team = analyst"
            defaultValue={groupRoles.map(({ group, role }) => `${group} = ${role}`).join('\n')}
          />
        </label>
        <label>
          <span>
            <input type="checkbox" name="required" defaultChecked={required} /> The only way in, but for owners
          </span>
        </label>
        <button type="submit" className="button primary" disabled={set.isPending}>
          Save
        </button>
        <div className="form-failure" role="alert">
          {set.error?.message}
        </div>
      </form>
    </section>
  );
}

type FieldProps = {
  readonly name: string;
  readonly label: string;
  readonly value?: string | undefined;
  readonly placeholder?: string;
  readonly type?: 'password';
  readonly required?: boolean;
};

function Field({ name, label, value, placeholder, type, required = false }: FieldProps): ReactNode {
  return (
    <label>
      {label}
      <input
        name={name}
        type={type ?? 'text'}
        defaultValue={value}
        placeholder={placeholder}
        required={required}
        autoComplete="off"
        spellCheck={false}
      />
    </label>
  );
}

function bodyOf(form: HTMLFormElement): Readonly<Record<string, unknown>> {
  const text = (name: string): string => fieldText(form, name).trim();
  const secret = fieldText(form, 'clientSecret');
  const parts = (value: string, by: RegExp): readonly string[] =>
    value
      .split(by)
      .map((part) => part.trim())
      .filter((part) => part !== '');
  return {
    issuer: text('issuer'),
    clientId: text('clientId'),
    ...(secret === '' ? {} : { clientSecret: secret }),
    domains: parts(text('domains'), /[,\s]/u),
    defaultRole: text('defaultRole') === '' ? null : text('defaultRole'),
    roleClaim: text('roleClaim') === '' ? null : text('roleClaim'),
    groupRoles: parts(text('groupRoles'), /\n/u).map((line) => {
      const at = line.lastIndexOf('=');
      return { group: line.slice(0, at).trim(), role: line.slice(at + 1).trim() };
    }),
    required: fieldText(form, 'required') === 'on',
  };
}
