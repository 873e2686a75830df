import { staffEvidenceSchema, staffFindingsSchema, staffMetadataSchema, type StaffElevationView } from '@lib/contract';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { read } from '../api/request.ts';
import { FailureNotice } from '../parts/notice.tsx';
import { formatInstant } from '../text/format.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { Countdown } from './countdown.tsx';
import { isActive } from './is-active.ts';
import { elevationsQuery } from './staff-queries.ts';
import { useNow } from './use-now.ts';

const parts = ['metadata', 'findings', 'evidence'] as const;
type Part = (typeof parts)[number];

/**
 * A tenant's rows, to be looked at and nothing else, marked with whose they are and by which ticket. When the elevation is over, or is
 * ended by anybody, they go from the screen within seconds.
 */
export function TenantView({ elevationId, close }: { readonly elevationId: string; readonly close: () => void }): ReactNode {
  const elevations = useQuery(elevationsQuery);
  const nowMs = useNow();
  const [part, setPart] = useState<Part>('metadata');
  const row = elevations.data?.items.find(({ id }) => id === elevationId);
  if (row === undefined || !isActive(row, nowMs)) {
    return (
      <section className="card" role="alert" aria-label="Elevation over">
        <p>This elevation is over. Nothing of the tenant is shown any more.</p>
        <button type="button" className="button" onClick={close}>
          Close
        </button>
      </section>
    );
  }
  const reached = parts.slice(0, parts.indexOf(row.scope) + 1);
  return (
    <section className="reach" aria-label="Tenant">
      <p className="reach-mark">
        Tenant {row.tenantId} · ticket {row.ticket} · each look is in the customer’s log ·{' '}
        <Countdown until={row.expiresAt ?? row.lapsesAt} nowMs={nowMs} />
      </p>
      <p>
        {reached.map((name) => (
          <button key={name} type="button" className="button" aria-pressed={part === name} onClick={() => setPart(name)}>
            {name}
          </button>
        ))}{' '}
        <button type="button" className="button" onClick={close}>
          Close
        </button>
      </p>
      {part === 'metadata' && <Metadata row={row} />}
      {part === 'findings' && <Findings row={row} />}
      {part === 'evidence' && <Evidence row={row} />}
    </section>
  );
}

type PartProps = { readonly row: StaffElevationView };
// asked for once a look: each is an entry of the customer's log
const once = { staleTime: Infinity, gcTime: 1000, refetchOnWindowFocus: false, refetchOnReconnect: false, retry: false } as const;

function Metadata({ row: { id } }: PartProps): ReactNode {
  const found = useQuery({
    queryKey: ['tenant', id, 'metadata'],
    queryFn: () => read(`/v1/elevations/${id}/metadata`, staffMetadataSchema),
    ...once,
  });
  if (found.isError) return <FailureNotice error={found.error} retry={() => void found.refetch()} />;
  if (found.data === undefined) return <p role="status">Loading …</p>;
  const { tenant, repositories, scans, jobs } = found.data;
  return (
    <>
      <h2>
        <VisibleText text={tenant.name} />
      </h2>
      <p>
        since {formatInstant(tenant.createdAt)}, {tenant.logSize ?? 0} entries in its log
      </p>
      <Table
        name="Repositories"
        head={['Name', 'Id', 'Since']}
        rows={repositories.map((one) => [one.name, one.id, formatInstant(one.createdAt)])}
      />
      <Table
        name="Scans"
        head={['State', 'Stage', 'Findings', 'Error', 'Asked for', 'Id']}
        rows={scans.map((one) => [
          one.state,
          one.stage,
          String(one.findingCount),
          one.errorCode ?? '–',
          formatInstant(one.createdAt),
          one.id,
        ])}
      />
      <Table
        name="Jobs that are not done"
        head={['Kind', 'State', 'Attempts', 'Error', 'Since']}
        rows={jobs.map((one) => [one.kind, one.state, String(one.attempts), one.errorCode ?? '–', formatInstant(one.createdAt)])}
      />
    </>
  );
}

function Findings({ row: { id } }: PartProps): ReactNode {
  const found = useQuery({
    queryKey: ['tenant', id, 'findings'],
    queryFn: () => read(`/v1/elevations/${id}/findings`, staffFindingsSchema),
    ...once,
  });
  if (found.isError) return <FailureNotice error={found.error} retry={() => void found.refetch()} />;
  if (found.data === undefined) return <p role="status">Loading …</p>;
  const rows = found.data.findings.map((one) => [
    String(one.score),
    one.ruleId,
    one.title,
    `${one.path}:${String(one.startLine)}`,
    one.state,
    formatInstant(one.firstSeenAt),
  ]);
  return <Table name="Findings, worst first" head={['Score', 'Rule', 'Title', 'Place', 'State', 'Seen']} rows={rows} />;
}

function Evidence({ row: { id } }: PartProps): ReactNode {
  const found = useQuery({
    queryKey: ['tenant', id, 'evidence'],
    queryFn: () => read(`/v1/elevations/${id}/evidence`, staffEvidenceSchema),
    ...once,
  });
  if (found.isError) return <FailureNotice error={found.error} retry={() => void found.refetch()} />;
  if (found.data === undefined) return <p role="status">Loading …</p>;
  const rows = found.data.packs.map((one) => [
    one.scanId,
    String(one.entryCount),
    String(one.bytes),
    one.sha256,
    formatInstant(one.sealedAt),
  ]);
  return <Table name="Sealed evidence" head={['Scan', 'Entries', 'Bytes', 'SHA-256', 'Sealed']} rows={rows} />;
}

type TableProps = { readonly name: string; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** Cells are text of a customer's: shown with what is invisible in them. */
function Table({ name, head, rows }: TableProps): ReactNode {
  return (
    <table className="list">
      <caption>
        {name}: {rows.length}
      </caption>
      <thead>
        <tr>
          {head.map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells) => (
          <tr key={cells.join(' ')}>
            {cells.map((cell, at) => (
              <td key={head[at]} data-label={head[at]}>
                <VisibleText text={cell} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
