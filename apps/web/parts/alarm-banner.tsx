import type { AlarmView } from '@lib/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { alarmsQuery } from '../api/queries.ts';
import { queryClient } from '../api/query-client.ts';
import { change } from '../api/request.ts';
import { formatCount, formatInstant } from '../text/format.ts';

const shownMax = 3; // more than a reader takes in above every page; the number says how many there are

const words: Readonly<Record<AlarmView['kind'], string>> = {
  'evidence.mismatch': 'Stored evidence is not what was sealed',
  'evidence.missing': 'Stored evidence is gone before its date',
};

/** Open alarms, above every page, until a person has acknowledged each of them. */
export function AlarmBanner(): ReactNode {
  const alarms = useQuery(alarmsQuery);
  const items = alarms.data?.items ?? [];
  if (items.length === 0) return null;
  const more = items.length - shownMax;
  return (
    <section className="notice notice-bad alarms" role="alert" aria-label="Evidence alarms">
      <h2>Evidence alarm</h2>
      <ul className="plain-list">
        {items.slice(0, shownMax).map((alarm) => (
          <AlarmLine key={alarm.id} alarm={alarm} />
        ))}
      </ul>
      {more > 0 && <p>and {alarms.data?.nextCursor === null ? formatCount(more) : 'many'} more</p>}
    </section>
  );
}

/** One alarm: what, since when, where, and the way to say that one has seen it. */
function AlarmLine({ alarm }: { readonly alarm: AlarmView }): ReactNode {
  const acknowledge = useMutation({
    mutationFn: () => change('POST', `/v1/alarms/${alarm.id}/acknowledge`, { key: alarm.id }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: alarmsQuery.queryKey }),
  });
  return (
    <li className="alarm-line">
      <span>
        {words[alarm.kind]}, since {formatInstant(alarm.raisedAt)}, seen {formatCount(alarm.times)} ×: <code>{alarm.reason}</code>
      </span>{' '}
      {alarm.findingId !== null && (
        <Link to="/findings/$findingId" params={{ findingId: alarm.findingId }}>
          Open the finding
        </Link>
      )}{' '}
      <button type="button" className="button" disabled={acknowledge.isPending} onClick={() => acknowledge.mutate()}>
        Acknowledge
      </button>
      {acknowledge.isError && <span role="status"> {acknowledge.error.message}</span>}
    </li>
  );
}
