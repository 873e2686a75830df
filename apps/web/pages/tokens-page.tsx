import { createToken, type TokenView } from '@lib/contract';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { tenantQuery } from '../api/queries.ts';
import { queryClient } from '../api/query-client.ts';
import { change } from '../api/request.ts';
import { tokensQuery } from '../api/settings-queries.ts';
import { FailureNotice } from '../parts/notice.tsx';
import { SettingsFrame } from '../parts/settings-frame.tsx';
import { ShownOnce } from '../parts/shown-once.tsx';
import { fieldText } from '../text/field-text.ts';
import { formatInstant } from '../text/format.ts';
import { VisibleText } from '../text/visible-text.tsx';

const refresh = (): Promise<unknown> => queryClient.invalidateQueries({ queryKey: ['tokens'] });
const scopes = ['read', 'write', 'admin', 'scim'] as const;

/** What programs come in with. */
export function TokensPage(): ReactNode {
  const tenant = useQuery(tenantQuery);
  const tokens = useInfiniteQuery(tokensQuery);
  const allowed = new Set(tenant.data?.self.permissions);
  const rows = tokens.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <SettingsFrame title="API tokens">
      {allowed.has('token.create') && <NewToken />}
      {tokens.isError && <FailureNotice error={tokens.error} retry={() => void tokens.refetch()} />}
      {tokens.isPending && <p role="status">Loading …</p>}
      {rows.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Scope</th>
              <th scope="col">Last used</th>
              <th scope="col">Ends</th>
              <th scope="col">
                <span className="visually-hidden">What can be done</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((token) => (
              <TokenRow key={token.id} token={token} mayRevoke={allowed.has('token.revoke')} />
            ))}
          </tbody>
        </table>
      )}
      {tokens.hasNextPage && (
        <button type="button" className="button" onClick={() => void tokens.fetchNextPage()} disabled={tokens.isFetchingNextPage}>
          Show more
        </button>
      )}
    </SettingsFrame>
  );
}

function TokenRow({ token, mayRevoke }: { readonly token: TokenView; readonly mayRevoke: boolean }): ReactNode {
  const revoke = useMutation({ mutationFn: () => change('DELETE', `/v1/tokens/${token.id}`), onSettled: refresh });
  return (
    <tr>
      <td data-label="Name">
        <VisibleText text={token.name} />
      </td>
      <td data-label="Scope">{token.scope}</td>
      <td data-label="Last used" className="nowrap">
        {token.lastUsedAt === null ? 'never' : formatInstant(token.lastUsedAt)}
      </td>
      <td data-label="Ends" className="nowrap">
        {token.revokedAt === null ? formatInstant(token.expiresAt) : `revoked ${formatInstant(token.revokedAt)}`}
      </td>
      <td data-label="What can be done">
        {mayRevoke && token.revokedAt === null && (
          <button type="button" className="button" disabled={revoke.isPending} onClick={() => revoke.mutate()}>
            Revoke
            <span className="visually-hidden"> {token.name}</span>
          </button>
        )}
        {revoke.isError && (
          <span className="form-failure" role="alert">
            {revoke.error.message}
          </span>
        )}
      </td>
    </tr>
  );
}

function NewToken(): ReactNode {
  const make = useMutation({
    mutationFn: (body: { readonly name: string; readonly scope: string }) =>
      change('POST', '/v1/tokens', { body, schema: createToken.answers[201].schema }),
    onSettled: refresh,
  });
  return (
    <section className="card" aria-label="New token">
      <h2>Make a token</h2>
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate({ name: fieldText(event.currentTarget, 'name'), scope: fieldText(event.currentTarget, 'scope') });
        }}
      >
        <label>
          <span className="visually-hidden">Name of the token</span>
          <input name="name" required maxLength={200} placeholder="nightly scan" autoComplete="off" />
        </label>
        <label>
          <span className="visually-hidden">Scope</span>
          <select name="scope">
            {scopes.map((scope) => (
              <option key={scope}>{scope}</option>
            ))}
          </select>
        </label>
        <button type="submit" className="button primary" disabled={make.isPending}>
          Make
        </button>
      </form>
      <div className="form-failure" role="alert">
        {make.error?.message}
      </div>
      {make.data !== undefined && <ShownOnce what={`The token ${make.data.name}`} secret={make.data.secret} />}
    </section>
  );
}
