import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { findingQuery } from '../api/queries.ts';
import { FindingView } from '../parts/finding-view.tsx';
import { FailureNotice } from '../parts/notice.tsx';
import { useTitle } from '../use-title.ts';

/** One finding on a page of its own: what a link in a message opens. */
export function FindingPage(): ReactNode {
  const { findingId } = useParams({ from: '/shell/findings/$findingId' });
  const finding = useQuery(findingQuery(findingId));
  useTitle(finding.data?.title ?? 'Finding');
  return (
    <div className="page narrow">
      <p>
        <Link to="/findings">← All findings</Link>
      </p>
      {finding.data === undefined && <h1 className="visually-hidden">Finding</h1>}
      {finding.isError && <FailureNotice error={finding.error} retry={() => void finding.refetch()} />}
      {finding.isPending && <p role="status">Loading …</p>}
      {finding.data !== undefined && <FindingView finding={finding.data} place="page" />}
    </div>
  );
}
