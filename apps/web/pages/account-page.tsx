import { closingSchema } from '@lib/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { changeSigned } from '../api/passkey.ts';
import { tenantQuery } from '../api/queries.ts';
import { queryClient } from '../api/query-client.ts';
import { SettingsFrame } from '../parts/settings-frame.tsx';
import { VisibleText } from '../text/visible-text.tsx';

/** The account itself, and its end. */
export function AccountPage(): ReactNode {
  const tenant = useQuery(tenantQuery);
  if (tenant.data === undefined) return <SettingsFrame title="Account">{null}</SettingsFrame>;
  const mayClose = tenant.data.self.permissions.includes('tenant.close');
  return (
    <SettingsFrame title="Account">
      <p className="meta">
        <VisibleText text={tenant.data.name} /> · <code>{tenant.data.id}</code>
      </p>
      <section className="card" aria-label="Close this account">
        <h2>Close this account</h2>
        <ul>
          <li>
            <strong>At once</strong>: everybody is signed out, tokens, invitations and webhooks stop working, running scans are cancelled.
          </li>
          <li>
            <strong>For five minutes</strong> an owner can keep the account, and take a last export of the audit log away.
          </li>
          <li>
            <strong>After that</strong>: findings, repositories, members and secrets are erased and their key is destroyed. Nobody can undo
            it. Evidence stays sealed until its retention ends, the audit log stays verifiable.
          </li>
        </ul>
        {mayClose ? <Close name={tenant.data.name} /> : <p className="meta">An owner can close it.</p>}
      </section>
    </SettingsFrame>
  );
}

function Close({ name }: { readonly name: string }): ReactNode {
  const [typed, setTyped] = useState('');
  const close = useMutation({
    mutationFn: () =>
      changeSigned('POST', '/v1/tenant/closing', { operationId: 'closeTenant', body: { name: typed }, schema: closingSchema }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: tenantQuery.queryKey }),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        close.mutate();
      }}
    >
      <p>
        <label>
          Type <strong>{name}</strong> to confirm{' '}
          <input value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" spellCheck={false} />
        </label>
      </p>
      <button type="submit" className="button" disabled={typed !== name || close.isPending}>
        Close this account
      </button>{' '}
      <span className="form-failure" role="alert">
        {close.error?.message}
      </span>
    </form>
  );
}
