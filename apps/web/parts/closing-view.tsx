import { auditExportSchema, closingSchema } from '@lib/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { auditExportQuery } from '../api/queries.ts';
import { queryClient } from '../api/query-client.ts';
import { change } from '../api/request.ts';
import { useTitle } from '../use-title.ts';
import { ExportMade } from './export-made.tsx';
import { FailureNotice } from './notice.tsx';

const SECOND_MS = 1_000;

/** All that an owner sees while the account is being closed: how long it can be kept, the way to keep it, and a last export. */
export function ClosingView({ closesAt }: { readonly closesAt: string }): ReactNode {
  useTitle('This account is being closed');
  const left = useSecondsUntil(closesAt);
  const keep = useMutation({
    mutationFn: () => change('POST', '/v1/tenant/reinstatement', { schema: closingSchema }),
    onSuccess: () => queryClient.invalidateQueries(),
  });
  return (
    <div className="page">
      <section className="notice notice-bad" aria-label="Closing">
        <h1>This account is being closed</h1>
        <p>
          Nobody can come in but its owners.{' '}
          {left > 0 ? (
            <>
              It can be kept for another{' '}
              <strong role="timer" aria-label="Time left">
                {String(Math.floor(left / 60))}:{String(left % 60).padStart(2, '0')}
              </strong>
              .
            </>
          ) : (
            <strong>The time is over.</strong>
          )}
        </p>
        <button type="button" className="button primary" disabled={keep.isPending || left === 0} onClick={() => keep.mutate()}>
          Keep the account
        </button>{' '}
        <span className="form-failure" role="alert">
          {keep.error?.message}
        </span>
      </section>
      <LastExport />
    </div>
  );
}

function LastExport(): ReactNode {
  const ask = useMutation({
    mutationFn: () =>
      change('POST', '/v1/audit/exports', { body: { views: ['jsonl', 'csv'] }, schema: auditExportSchema, key: crypto.randomUUID() }),
  });
  return (
    <section className="card" aria-label="Last export">
      <h2>Take the audit log away</h2>
      <p className="meta">A bundle that anybody verifies offline. It can be fetched until the account is closed.</p>
      <button type="button" className="button" disabled={ask.isPending} onClick={() => ask.mutate()}>
        Export
      </button>{' '}
      <span className="form-failure" role="alert">
        {ask.error?.message}
      </span>
      {ask.data !== undefined && <Progress exportId={ask.data.id} />}
    </section>
  );
}

function Progress({ exportId }: { readonly exportId: string }): ReactNode {
  const made = useQuery(auditExportQuery(exportId));
  if (made.isError) return <FailureNotice error={made.error} retry={() => void made.refetch()} />;
  return made.data === undefined ? <p role="status">Loading …</p> : <ExportMade made={made.data} />;
}

function useSecondsUntil(instant: string): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.ceil((Date.parse(instant) - nowMs) / SECOND_MS));
}
