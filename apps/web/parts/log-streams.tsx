import type { SinksView } from '@lib/contract';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { sinksQuery } from '../api/queries.ts';
import { formatCount, formatInstant } from '../text/format.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { FailureNotice } from './notice.tsx';

/** Where the log is streamed to, how far each stream is, and what the last failure was. */
export function LogStreams(): ReactNode {
  const streams = useQuery(sinksQuery);
  if (streams.isError) return <FailureNotice error={streams.error} retry={() => void streams.refetch()} />;
  if (streams.data === undefined) return null;
  const { sinks, size } = streams.data;
  return (
    <section className="card" aria-label="Streams">
      <h2>Streams</h2>
      {sinks.length === 0 && (
        <p className="meta">
          None. <code>aegis audit sink</code> has this log streamed to a webhook, a Splunk collector, a syslog server or a bucket.
        </p>
      )}
      {sinks.map((sink) => (
        <Stream key={sink.id} sink={sink} size={size} />
      ))}
    </section>
  );
}

function Stream({ sink, size }: { readonly sink: SinksView['sinks'][number]; readonly size: number }): ReactNode {
  const { target, next, failures, errorCode, failedAt } = sink;
  return (
    <p>
      {target.kind} <VisibleText text={placeOf(target)} />: {formatCount(Math.min(next, size))} of {formatCount(size)} entries delivered{' '}
      {failures > 0 && (
        <span className="chip wraps severity-medium">
          ◆ not taken {formatCount(failures)} times: {errorCode}
          {failedAt !== null && `, ${formatInstant(failedAt)}`}
        </span>
      )}
    </p>
  );
}

function placeOf(target: SinksView['sinks'][number]['target']): string {
  if (target.kind === 's3') return target.bucket;
  return target.kind === 'syslog' ? `${target.host}:${String(target.port)}` : new URL(target.url).host;
}
