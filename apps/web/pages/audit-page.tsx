import { verifyAudit } from '@lib/contract';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { z } from 'zod';
import { auditEntriesQuery, auditHeadQuery } from '../api/queries.ts';
import { change } from '../api/request.ts';
import { LogCheck } from '../parts/log-check.tsx';
import { LogExport } from '../parts/log-export.tsx';
import { LogStreams } from '../parts/log-streams.tsx';
import { FailureNotice } from '../parts/notice.tsx';
import { formatCount, formatInstant } from '../text/format.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { useTitle } from '../use-title.ts';

/** The audit log: its signed head, its newest entries, and a check of the whole on demand. */
export function AuditPage(): ReactNode {
  const entries = useInfiniteQuery(auditEntriesQuery);
  useTitle('Audit log');
  const rows = entries.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="page">
      <div className="page-head">
        <h1>Audit log</h1>
      </div>
      <Head />
      <LogExport exportId={useSearch({ from: '/shell/audit' }).export} />
      <LogStreams />
      <h2>Events</h2>
      {entries.isError && <FailureNotice error={entries.error} retry={() => void entries.refetch()} />}
      {entries.isPending && <p role="status">Loading …</p>}
      {rows.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              <th scope="col" className="number">
                Index
              </th>
              <th scope="col">When</th>
              <th scope="col">Event</th>
              <th scope="col">Who</th>
              <th scope="col">What</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ index, leafHash, event }) => (
              <tr key={index} title={`leaf ${leafHash}`}>
                <td data-label="Index" className="number">
                  {index}
                </td>
                <td data-label="When" className="nowrap">
                  {formatInstant(event.occurredAt)}
                </td>
                <td data-label="Event">
                  <code>{event.action}</code> {event.outcome !== 'success' && <span className="chip severity-medium">{event.outcome}</span>}
                </td>
                <td data-label="Who">
                  {event.actor.type} <code className="digest">{event.actor.id.slice(0, 13)}</code>
                </td>
                <td data-label="What">
                  {event.targets.map((target) => (
                    <span key={target.type + target.id} className="about">
                      {target.type}{' '}
                      <code className="digest">
                        <VisibleText text={target.id.slice(0, 13)} />
                      </code>
                    </span>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {entries.hasNextPage && (
        <button type="button" className="button" onClick={() => void entries.fetchNextPage()} disabled={entries.isFetchingNextPage}>
          Show more
        </button>
      )}
    </div>
  );
}

function Head(): ReactNode {
  const head = useQuery(auditHeadQuery);
  const verify = useMutation({ mutationFn: () => change('POST', verifyAudit.path, { schema: verifyAudit.answers[200].schema }) });
  if (head.isError) return <FailureNotice error={head.error} retry={() => void head.refetch()} />;
  if (head.data === undefined) return null;
  return (
    <>
      <section className="card" aria-label="Signed head">
        <dl className="facts">
          <dt>Size</dt>
          <dd>
            {formatCount(head.data.size)} events{head.data.pending > 0 && `, ${formatCount(head.data.pending)} waiting for their place`}
          </dd>
          <dt>Root</dt>
          <dd>
            <code className="digest">{head.data.root}</code>
          </dd>
          <dt>Verifier key</dt>
          <dd>
            <code className="digest">{head.data.verifierKey}</code>
          </dd>
        </dl>
        <details>
          <summary>Signed checkpoint</summary>
          <pre className="code" tabIndex={0} role="region" aria-label="Signed checkpoint">
            {head.data.checkpoint}
          </pre>
        </details>
        <div className="card-head">
          <button type="button" className="button primary" onClick={() => verify.mutate()} disabled={verify.isPending}>
            {verify.isPending ? 'Verifying …' : 'Verify now'}
          </button>
          <span role="status">{!verify.isPending && <VerdictChip verdict={verify.data} failure={verify.error} />}</span>
        </div>
        <p className="meta">
          The server runs this check. To need no trust in it, check in this browser, and keep the checkpoint above: no later log that left
          anything out can extend it.
        </p>
      </section>
      <LogCheck head={head.data} />
    </>
  );
}

type Verdict = z.infer<(typeof verifyAudit.answers)[200]['schema']>;

// Absence of a verdict is never green.
function VerdictChip({ verdict, failure }: { readonly verdict: Verdict | undefined; readonly failure: Error | null }): ReactNode {
  if (failure !== null) return <span className="chip wraps severity-medium">◆ not verified: {failure.message}</span>;
  if (verdict === undefined) return <span className="chip wraps severity-info">○ not verified on this page yet</span>;
  if (verdict.ok)
    return (
      <span className="chip wraps severity-ok">✓ verified: {formatCount(verdict.size)} events re-hashed, checkpoint signature valid</span>
    );
  return (
    <span className="chip wraps severity-critical">
      ✕ FAILED: {verdict.reason}
      {verdict.failedIndex !== null && ` at entry ${String(verdict.failedIndex)}`}
    </span>
  );
}
