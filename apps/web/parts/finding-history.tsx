import type { FindingActView } from '@lib/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { findingActsQuery } from '../api/queries.ts';
import { formatInstant } from '../text/format.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { FindingSection } from './finding-section.tsx';
import { stateWords } from './finding-state-chip.tsx';
import { FailureNotice } from './notice.tsx';

/** What happened to the finding, newest first. */
export function FindingHistory({ findingId, firstSeenAt }: { readonly findingId: string; readonly firstSeenAt: string }): ReactNode {
  const acts = useInfiniteQuery(findingActsQuery(findingId));
  const items = acts.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <FindingSection title="History">
      {acts.isError && <FailureNotice error={acts.error} retry={() => void acts.refetch()} />}
      <ol className="history">
        {items.map((act) => (
          <Act key={act.id} act={act} />
        ))}
        {acts.hasNextPage && (
          <li>
            <button type="button" className="button" onClick={() => void acts.fetchNextPage()} disabled={acts.isFetchingNextPage}>
              Show earlier
            </button>
          </li>
        )}
        {acts.isSuccess && !acts.hasNextPage && (
          <li>
            <time dateTime={firstSeenAt}>{formatInstant(firstSeenAt)}</time> first seen
          </li>
        )}
      </ol>
    </FindingSection>
  );
}

function Act({ act }: { readonly act: FindingActView }): ReactNode {
  return (
    <li>
      <time dateTime={act.at}>{formatInstant(act.at)}</time> {act.toState !== null && <strong>{stateWords[act.toState].word}</strong>}{' '}
      {act.scanId === null ? (
        <span className="meta">
          by {act.actor.type} <VisibleText text={act.actor.id.slice(0, 8)} />
        </span>
      ) : (
        <Link to="/scans/$scanId" params={{ scanId: act.scanId }}>
          by a scan
        </Link>
      )}
      {act.comment !== null && (
        <p className="history-comment">
          <VisibleText text={act.comment} />
        </p>
      )}
    </li>
  );
}
