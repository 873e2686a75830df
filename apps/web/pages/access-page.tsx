import type { ElevationView } from '@lib/contract';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { changeSigned } from '../api/passkey.ts';
import { tenantQuery } from '../api/queries.ts';
import { queryClient } from '../api/query-client.ts';
import { change } from '../api/request.ts';
import { accessQuery, accessReadsQuery, accessRuleQuery } from '../api/settings-queries.ts';
import { FailureNotice } from '../parts/notice.tsx';
import { SettingsFrame } from '../parts/settings-frame.tsx';
import { formatCount, formatInstant } from '../text/format.ts';
import { VisibleText } from '../text/visible-text.tsx';

const refresh = (): Promise<unknown> => queryClient.invalidateQueries({ queryKey: ['access'] });

/** When the operator's staff reached this tenant, by which ticket and what they read; and the way to end it. */
export function AccessPage(): ReactNode {
  const tenant = useQuery(tenantQuery);
  const access = useInfiniteQuery(accessQuery);
  const allowed = new Set(tenant.data?.self.permissions);
  const rows = access.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <SettingsFrame title="Operator access">
      <p className="meta">
        Nobody of the operator can read here by standing right. A ticket of yours names this tenant: <code>{tenant.data?.id ?? '…'}</code>
      </p>
      <Rule maySet={allowed.has('access.set-rule')} />
      {access.isError && <FailureNotice error={access.error} retry={() => void access.refetch()} />}
      {access.isPending && <p role="status">Loading …</p>}
      {access.isSuccess && rows.length === 0 && <p role="status">Nobody has asked so far.</p>}
      {rows.map((row) => (
        <Elevation key={row.id} row={row} allowed={allowed} />
      ))}
      {access.hasNextPage && (
        <button type="button" className="button" onClick={() => void access.fetchNextPage()} disabled={access.isFetchingNextPage}>
          Show more
        </button>
      )}
    </SettingsFrame>
  );
}

function Rule({ maySet }: { readonly maySet: boolean }): ReactNode {
  const rule = useQuery(accessRuleQuery);
  const set = useMutation({
    mutationFn: (ownApproval: boolean) => changeSigned('POST', '/v1/access-rule', { operationId: 'setAccessRule', body: { ownApproval } }),
    onSettled: refresh,
  });
  if (rule.data === undefined) return null;
  const { ownApproval } = rule.data;
  return (
    <section className="card" aria-label="Rule">
      <label>
        <input
          type="checkbox"
          checked={ownApproval}
          disabled={!maySet || set.isPending}
          onChange={(event) => set.mutate(event.target.checked)}
        />{' '}
        One of our own people must agree before anybody of the operator can read here
      </label>
      {set.isError && (
        <div className="form-failure" role="alert">
          {set.error.message}
        </div>
      )}
    </section>
  );
}

const states: Readonly<Record<ElevationView['state'], string>> = { waiting: 'waits', active: 'active now', over: 'over' };
const ends = { customer: 'ended by us', staff: 'ended by the operator', time: 'ended by its time' } as const;

type ElevationProps = { readonly row: ElevationView; readonly allowed: ReadonlySet<string> };

function Elevation({ row, allowed }: ElevationProps): ReactNode {
  return (
    <section className="card" aria-label={`Ticket ${row.ticket}`}>
      <h2>
        <VisibleText text={row.person.name} />, ticket <VisibleText text={row.ticket} />
      </h2>
      <p>
        <strong>{states[row.state]}</strong> · {row.scope} · {formatCount(row.minutes)} min · asked {formatInstant(row.createdAt)}
        {row.startedAt !== null && ` · from ${formatInstant(row.startedAt)}`}
        {row.expiresAt !== null && ` to ${formatInstant(row.endedAt ?? row.expiresAt)}`}
        {row.endedBy !== null && ` · ${ends[row.endedBy]}`}
      </p>
      <p>
        <VisibleText text={row.reason} />
      </p>
      <p className="meta">
        {row.approvedBy !== null && (
          <>
            second person of the operator: <VisibleText text={row.approvedBy} />.{' '}
          </>
        )}
        {row.ownApproval && (row.agreedBy === null ? 'Waits for one of our own people.' : 'One of our own people agreed.')}
      </p>
      <Acts row={row} allowed={allowed} />
      {row.reads > 0 && <Reads row={row} />}
    </section>
  );
}

function Acts({ row, allowed }: ElevationProps): ReactNode {
  const path = `/v1/access/${row.id}`;
  const revoke = useMutation({ mutationFn: () => change('POST', `${path}/revocation`), onSettled: refresh });
  const agree = useMutation({
    mutationFn: () => changeSigned('POST', `${path}/agreement`, { operationId: 'agreeToElevation', params: { elevationId: row.id } }),
    onSettled: refresh,
  });
  const failure = revoke.error ?? agree.error;
  if (row.state === 'over') return null;
  return (
    <p>
      {allowed.has('access.revoke') && (
        <button type="button" className="button" disabled={revoke.isPending} onClick={() => revoke.mutate()}>
          {row.state === 'active' ? 'End it now' : 'Refuse'}
          <span className="visually-hidden"> ticket {row.ticket}</span>
        </button>
      )}{' '}
      {allowed.has('access.agree') && row.ownApproval && row.agreedBy === null && (
        <button type="button" className="button primary" disabled={agree.isPending} onClick={() => agree.mutate()}>
          Agree
          <span className="visually-hidden"> to ticket {row.ticket}</span>
        </button>
      )}
      {failure !== null && (
        <span className="form-failure" role="alert">
          {failure.message}
        </span>
      )}
    </p>
  );
}

function Reads({ row }: { readonly row: ElevationView }): ReactNode {
  const reads = useQuery(accessReadsQuery(row.id, row.reads));
  return (
    <details>
      <summary>{formatCount(row.reads)} reads, each an entry of the audit log</summary>
      <ul>
        {(reads.data?.items ?? []).map((item, at) => (
          <li key={`${item.at}-${String(at)}`}>
            {formatInstant(item.at)}: {item.what}
            {item.targetId !== null && (
              <>
                {' '}
                <code>{item.targetId}</code>
              </>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
