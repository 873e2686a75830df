import { scanEndStates, scanSchema, type ScanView } from '@lib/contract';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useRef, type ReactNode } from 'react';
import { repositoriesQuery, scansQuery } from '../api/queries.ts';
import { queryClient } from '../api/query-client.ts';
import { change } from '../api/request.ts';
import { FailureNotice, Notice } from '../parts/notice.tsx';
import { ScanStateChip } from '../parts/scan-state-chip.tsx';
import { formatCount, formatDuration, formatInstant } from '../text/format.ts';
import { plainText } from '../text/visible-parts.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { useTitle } from '../use-title.ts';

const pollMs = 2_000;
const isLive = (scan: ScanView): boolean => !scanEndStates.includes(scan.state);

/** Every scan, newest first; those that run move. */
export function ScansPage(): ReactNode {
  // A stream for each running scan would use up the connections that a browser opens to one host.
  const scans = useInfiniteQuery({
    ...scansQuery,
    refetchInterval: (query) => (query.state.data?.pages.some((page) => page.items.some(isLive)) === true ? pollMs : false),
  });
  useTitle('Scans');
  const rows = scans.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="page">
      <div className="page-head">
        <h1>Scans</h1>
        <ScanNow />
      </div>
      {scans.isError && <FailureNotice error={scans.error} retry={() => void scans.refetch()} />}
      {scans.isPending && <p role="status">Loading …</p>}
      {scans.isSuccess && rows.length === 0 && <Notice title="No scan yet">Choose a repository above and start the first one.</Notice>}
      {rows.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              <th scope="col">Repository</th>
              <th scope="col">State</th>
              <th scope="col" className="number">
                Findings
              </th>
              <th scope="col" className="number">
                Files
              </th>
              <th scope="col">Asked for</th>
              <th scope="col" className="number">
                Took
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((scan) => (
              <ScanRow key={scan.id} scan={scan} />
            ))}
          </tbody>
        </table>
      )}
      {scans.hasNextPage && (
        <button type="button" className="button" onClick={() => void scans.fetchNextPage()} disabled={scans.isFetchingNextPage}>
          Show more
        </button>
      )}
    </div>
  );
}

function ScanRow({ scan }: { readonly scan: ScanView }): ReactNode {
  return (
    <tr>
      <td data-label="Repository">
        <Link to="/scans/$scanId" params={{ scanId: scan.id }}>
          <VisibleText text={scan.repositoryName} />
        </Link>
      </td>
      <td data-label="State">
        <ScanStateChip state={scan.state} />
        {scan.state === 'running' && <span className="meta"> {scan.stage}</span>}
      </td>
      <td data-label="Findings" className="number">
        {formatCount(scan.findingCount)}
      </td>
      <td data-label="Files" className="number">
        {scan.state === 'running' ? `${formatCount(scan.filesDone)} / ${formatCount(scan.filesTotal)}` : formatCount(scan.filesTotal)}
      </td>
      <td data-label="Asked for" className="nowrap">
        {formatInstant(scan.createdAt)}
      </td>
      <td data-label="Took" className="number">
        {scan.startedAt !== null && scan.finishedAt !== null ? formatDuration(scan.startedAt, scan.finishedAt) : '–'}
      </td>
    </tr>
  );
}

function ScanNow(): ReactNode {
  const repositories = useQuery(repositoriesQuery);
  const navigate = useNavigate();
  const chosen = useRef<HTMLSelectElement>(null);
  const start = useMutation({
    mutationFn: (repositoryId: string) =>
      change('POST', '/v1/scans', { body: { repositoryId }, schema: scanSchema, key: crypto.randomUUID() }),
    onSuccess: async (scan) => {
      await queryClient.invalidateQueries({ queryKey: ['scans'] });
      if (scan !== undefined) await navigate({ to: '/scans/$scanId', params: { scanId: scan.id } });
    },
  });
  const items = repositories.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <form
      className="inline-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen.current !== null) start.mutate(chosen.current.value);
      }}
    >
      <label>
        <span className="visually-hidden">Repository to scan</span>
        <select ref={chosen}>
          {items.map((repository) => (
            <option key={repository.id} value={repository.id}>
              {plainText(repository.name)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" className="button primary" disabled={start.isPending}>
        Scan now
      </button>
      {start.isError && (
        <span className="form-failure" role="alert">
          {start.error.message}
        </span>
      )}
    </form>
  );
}
