import { forgeFlowSchema, type ForgeKind } from '@lib/contract';
import { useMutation } from '@tanstack/react-query';
import { Fragment, type ReactNode } from 'react';
import { change } from '../api/request.ts';
import { fieldText } from '../text/field-text.ts';

type Manifest = { readonly name: string; readonly description: string; readonly permissions: Readonly<Record<string, string>> };
type RegisterAppProps = { readonly kind: ForgeKind; readonly manifest: Manifest; readonly optional: boolean };

/** Registers an App from its manifest: GitHub shows it, asks once, and sends the browser back. */
export function RegisterApp({ kind, manifest, optional }: RegisterAppProps): ReactNode {
  const start = useMutation({
    mutationFn: (organization: string) =>
      change('POST', '/v1/forge/flows', { body: { kind, ...(organization === '' ? {} : { organization }) }, schema: forgeFlowSchema }),
    onSuccess: (flow) => {
      if (flow !== undefined) postTo(flow.action, { manifest: flow.manifest });
    },
  });
  return (
    <section className="card" aria-label={manifest.name}>
      <div className="card-head">
        <h2>{manifest.name}</h2>
        {optional && <span className="chip severity-info">optional</span>}
      </div>
      <p>{manifest.description}</p>
      <dl className="facts">
        {Object.entries(manifest.permissions).map(([what, access]) => (
          <Fragment key={what}>
            <dt>{what.replaceAll('_', ' ')}</dt>
            <dd>{access}</dd>
          </Fragment>
        ))}
      </dl>
      <p className="meta">
        It never asks for administration, secrets, workflows or actions. The App is yours and private; its key never leaves the key store.
      </p>
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault();
          start.mutate(fieldText(event.currentTarget, 'organization').trim());
        }}
      >
        <label>
          <span className="visually-hidden">Organization on GitHub; empty for your own account</span>
          <input name="organization" maxLength={100} placeholder="organization (empty: your account)" autoComplete="off" size={32} />
        </label>
        <button type="submit" className={optional ? 'button' : 'button primary'} disabled={start.isPending}>
          Register on GitHub
        </button>
      </form>
      <div className="form-failure" role="alert">
        {start.error?.message}
      </div>
    </section>
  );
}

// GitHub takes a manifest as a posted form alone. Source: GitHub, "Registering a GitHub App from a manifest".
function postTo(action: string, fields: Readonly<Record<string, string>>): void {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = action;
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement('input');
    input.type = 'hidden';
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}
