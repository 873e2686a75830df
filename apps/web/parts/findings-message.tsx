import { scanEndStates } from '@lib/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { repositoriesQuery, scansQuery } from '../api/queries.ts';
import { listState } from '../list/list-state.ts';
import { FailureNotice, Notice } from './notice.tsx';

type Props = {
  readonly rows: number;
  readonly filtered: boolean;
  readonly findings: {
    readonly isPending: boolean;
    readonly isError: boolean;
    readonly error: Error | null;
    readonly refetch: () => unknown;
  };
};

/** What stands where the findings would: why there are none, and what to do about it. */
export function FindingsMessage({ rows, filtered, findings }: Props): ReactNode {
  const repositories = useQuery(repositoriesQuery);
  const scans = useInfiniteQuery(scansQuery);
  const state = listState({
    loading: findings.isPending,
    failed: findings.isError,
    rows,
    filtered,
    repositories: repositories.data?.items.length,
    finishedScans: scans.data?.pages[0]?.items.filter((scan) => scanEndStates.includes(scan.state)).length,
  });
  switch (state) {
    case 'rows':
      return null;
    case 'loading':
      return (
        <p className="loading" role="status">
          Loading …
        </p>
      );
    case 'error':
      return <FailureNotice error={findings.error ?? new Error('unknown')} retry={() => void findings.refetch()} />;
    case 'not_connected':
      return (
        <Notice title="No repository is connected">
          <Link to="/repositories">Connect one</Link>
        </Notice>
      );
    case 'scan_pending':
      return (
        <Notice title="The first scan has not ended yet">
          <Link to="/scans">Watch it</Link>
        </Notice>
      );
    case 'no_match':
      return (
        <Notice title="Nothing matches this filter">
          <Link to="/findings">Clear the filter</Link>
        </Notice>
      );
    case 'all_clear':
      return (
        <Notice title="No findings" tone="good">
          The last scans found nothing. <Link to="/scans">What they covered</Link>
        </Notice>
      );
  }
}
