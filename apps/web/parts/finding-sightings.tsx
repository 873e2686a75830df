import type { FindingDetailView } from '@lib/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { formatInstant } from '../text/format.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { FindingSection } from './finding-section.tsx';

/** Which analyzers and tools see the flaw, and since when. Where a finding turned out to be another one, the way to that. */
export function FindingSightings({ finding: { sightings, sameSecret, joinedTo } }: { readonly finding: FindingDetailView }): ReactNode {
  if (joinedTo === null && sightings.length < 2 && sameSecret.length === 0) return null;
  return (
    <FindingSection title="Seen by">
      {joinedTo !== null && (
        <p>
          This is the same flaw as{' '}
          <Link to="/findings/$findingId" params={{ findingId: joinedTo }}>
            another finding
          </Link>
          , and goes on there.
        </p>
      )}
      {sightings.length > 0 && (
        <ul className="plain-list">
          {sightings.map((one, index) => (
            <li key={index}>
              <VisibleText text={one.tool} /> <code>{one.ruleId}</code> version {one.ruleVersion}: from{' '}
              <time dateTime={one.firstSeenAt}>{formatInstant(one.firstSeenAt)}</time>,{' '}
              {one.live ? 'seen in its last look' : 'gone in its last look'}
            </li>
          ))}
        </ul>
      )}
      {sameSecret.length > 0 && (
        <>
          <p>The same secret stands in other places:</p>
          <ul className="plain-list">
            {sameSecret.map((other) => (
              <li key={other.id}>
                <Link to="/findings/$findingId" params={{ findingId: other.id }}>
                  <VisibleText text={`${other.path}:${String(other.startLine)}`} />
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </FindingSection>
  );
}
