import type { StaffElevationView } from '@lib/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { change } from '../api/request.ts';
import { FailureNotice } from '../parts/notice.tsx';
import { formatInstant } from '../text/format.ts';
import { Countdown } from './countdown.tsx';
import { isActive } from './is-active.ts';
import { actSigned } from './staff-acts.ts';
import { elevationsQuery, lookAgain } from './staff-queries.ts';
import { useNow } from './use-now.ts';

type Props = { readonly personId: string; readonly open: (elevationId: string) => void };

/** One's own elevations of the last day, and those of others that wait for a second person. */
export function Elevations({ personId, open }: Props): ReactNode {
  const elevations = useQuery(elevationsQuery);
  const nowMs = useNow();
  if (elevations.isError) return <FailureNotice error={elevations.error} retry={() => void elevations.refetch()} />;
  const rows = elevations.data?.items ?? [];
  return (
    <section className="card" aria-label="Elevations">
      <h2>Elevations</h2>
      {rows.length === 0 && <p role="status">None in the last day.</p>}
      <ul className="plain-list">
        {rows.map((row) => (
          <li key={row.id}>
            <Line row={row} nowMs={nowMs} isOwn={row.person.id === personId} open={open} />
          </li>
        ))}
      </ul>
    </section>
  );
}

type LineProps = {
  readonly row: StaffElevationView;
  readonly nowMs: number;
  readonly isOwn: boolean;
  readonly open: (elevationId: string) => void;
};

function Line({ row, nowMs, isOwn, open }: LineProps): ReactNode {
  const active = isActive(row, nowMs);
  const isOver = row.endedAt !== null || Date.parse(row.expiresAt ?? row.lapsesAt) <= nowMs;
  return (
    <article aria-label={`Ticket ${row.ticket}`}>
      <p>
        <strong>{row.ticket}</strong> · {row.person.name} · <code>{row.tenantId}</code> · {row.scope} · {row.minutes} min
      </p>
      <p>{row.reason}</p>
      <p className="meta">
        {active ? <Countdown until={row.expiresAt ?? row.lapsesAt} nowMs={nowMs} /> : isOver ? endOf(row) : waitsFor(row)}
      </p>
      <p>
        {active && row.ofThisLogin && (
          <button type="button" className="button primary" onClick={() => open(row.id)}>
            Look
            <span className="visually-hidden"> by ticket {row.ticket}</span>
          </button>
        )}{' '}
        {!isOver && (isOwn ? <End row={row} /> : <Agree row={row} />)}
      </p>
    </article>
  );
}

type ActProps = { readonly row: StaffElevationView };

function End({ row }: ActProps): ReactNode {
  const end = useMutation({ mutationFn: () => change('DELETE', `/v1/elevations/${row.id}`), onSettled: lookAgain });
  return (
    <>
      <button type="button" className="button" disabled={end.isPending} onClick={() => end.mutate()}>
        End
        <span className="visually-hidden"> ticket {row.ticket}</span>
      </button>
      <Failed error={end.error} />
    </>
  );
}

function Agree({ row }: ActProps): ReactNode {
  const approve = useMutation({
    mutationFn: () => actSigned('approve', '/v1/elevations/approval', { elevationId: row.id }),
    onSettled: lookAgain,
  });
  return (
    <>
      <button type="button" className="button" disabled={approve.isPending} onClick={() => approve.mutate()}>
        Agree
        <span className="visually-hidden"> to ticket {row.ticket}</span>
      </button>
      <Failed error={approve.error} />
    </>
  );
}

function Failed({ error }: { readonly error: Error | null }): ReactNode {
  if (error === null) return null;
  return (
    <span className="form-failure" role="alert">
      {error.message}
    </span>
  );
}

function endOf({ endedAt }: StaffElevationView): string {
  return endedAt === null ? 'over' : `over since ${formatInstant(endedAt)}`;
}

function waitsFor({ scope, approvedBy, ownApproval, agreed }: StaffElevationView): string {
  const staff = scope !== 'metadata' && approvedBy === null ? ['another person of staff'] : [];
  const own = ownApproval && !agreed ? ["the customer's own people"] : [];
  return `waits for ${[...staff, ...own].join(' and ')}`;
}
