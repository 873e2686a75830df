import type { SsoView } from '@lib/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { changeSigned } from '../api/passkey.ts';
import { tenantQuery } from '../api/queries.ts';
import { queryClient } from '../api/query-client.ts';
import { change } from '../api/request.ts';
import { ssoQuery } from '../api/settings-queries.ts';
import { CompanyForm } from '../parts/company-form.tsx';
import { FailureNotice, Notice } from '../parts/notice.tsx';
import { SettingsFrame } from '../parts/settings-frame.tsx';
import { formatInstant } from '../text/format.ts';
import { VisibleText } from '../text/visible-text.tsx';

const refresh = (): Promise<unknown> => queryClient.invalidateQueries({ queryKey: ['sso'] });

/** The company's own provider: who may come in by it, and as what. */
export function CompanyPage(): ReactNode {
  const tenant = useQuery(tenantQuery);
  const allowed = new Set(tenant.data?.self.permissions);
  return (
    <SettingsFrame title="Company sign-in">
      {tenant.isSuccess && !allowed.has('sso.read') && (
        <Notice title="Not for your role">Owners set up how the company signs in; admins can see it.</Notice>
      )}
      {allowed.has('sso.read') && <Provider maySet={allowed.has('sso.configure')} />}
    </SettingsFrame>
  );
}

function Provider({ maySet }: { readonly maySet: boolean }): ReactNode {
  const state = useQuery(ssoQuery);
  if (state.isError) return <FailureNotice error={state.error} retry={() => void state.refetch()} />;
  if (state.data === undefined) return <p role="status">Loading …</p>;
  const { sso, redirectUri } = state.data;
  return (
    <>
      {sso !== null && <Ways sso={sso} maySet={maySet} />}
      {sso !== null && <Domains sso={sso} maySet={maySet} />}
      {maySet && <CompanyForm key={sso?.createdAt ?? 'none'} sso={sso} redirectUri={redirectUri} onSettled={refresh} />}
      <Directory />
    </>
  );
}

function Ways({ sso, maySet }: { readonly sso: SsoView; readonly maySet: boolean }): ReactNode {
  const remove = useMutation({ mutationFn: () => changeSigned('DELETE', '/v1/sso', { operationId: 'removeSso' }), onSettled: refresh });
  return (
    <section className="card" aria-label="Provider">
      <h2>
        <VisibleText text={sso.issuer} />
      </h2>
      <p>
        {sso.required ? 'The only way in for everybody but owners.' : 'One way in beside passkeys.'} Since {formatInstant(sso.createdAt)}.
      </p>
      <p>Your people sign in at this address. It names your company, so give it to them and to nobody else:</p>
      <p>
        <code className="digest">{`${location.origin}${sso.entryPath}`}</code>
      </p>
      {maySet && (
        <p>
          <button type="button" className="button" disabled={remove.isPending} onClick={() => remove.mutate()}>
            Remove the provider
          </button>
        </p>
      )}
      <div className="form-failure" role="alert">
        {remove.error?.message}
      </div>
    </section>
  );
}

function Domains({ sso, maySet }: { readonly sso: SsoView; readonly maySet: boolean }): ReactNode {
  const prove = useMutation({ mutationFn: () => change('POST', '/v1/sso/domains'), onSettled: refresh });
  return (
    <section className="card" aria-label="Domains">
      <h2>Domains</h2>
      <p>Addresses of these domains may come in. One that is proven leads here from the sign-in page by itself.</p>
      {sso.domains.map(({ domain, provenAt, record }) => (
        <div key={domain} className="card-head">
          <strong>{domain}</strong>
          <span className="chip">{provenAt === null ? 'not proven' : `proven ${formatInstant(provenAt)}`}</span>
          <span className="meta">
            TXT <code>{record.name}</code> <code className="digest">{record.value}</code>
          </span>
        </div>
      ))}
      {maySet && (
        <p>
          <button type="button" className="button" disabled={prove.isPending} onClick={() => prove.mutate()}>
            Look the records up
          </button>
        </p>
      )}
      <div className="form-failure" role="alert">
        {prove.error?.message}
      </div>
    </section>
  );
}

function Directory(): ReactNode {
  return (
    <section className="card" aria-label="Directory">
      <h2>Directory (SCIM 2.0)</h2>
      <p>
        Your directory says who is a member and in which groups. Give it this address, and an API token of the scope <code>scim</code>:
      </p>
      <p>
        <code className="digest">{`${location.origin}/scim/v2`}</code>
      </p>
      <p className="meta">
        Whoever it switches off is shut out at once, with their tokens, and gone in five minutes. The last owner stays.
      </p>
    </section>
  );
}
