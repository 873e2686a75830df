import type { RepositoryView, ScanView } from '@lib/contract';
import { useInfiniteQuery, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { repositoriesQuery, scansQuery, tenantQuery } from '../api/queries.ts';
import { AddRepository } from '../parts/add-repository.tsx';
import { FailureNotice, Notice } from '../parts/notice.tsx';
import { ScanStateChip } from '../parts/scan-state-chip.tsx';
import { formatCount, formatInstant } from '../text/format.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { useTitle } from '../use-title.ts';

/** What is connected, how its last scan ended, and the ways to connect more. */
export function RepositoriesPage(): ReactNode {
  const tenant = useQuery(tenantQuery);
  const repositories = useQuery(repositoriesQuery);
  useTitle('Repositories');
  const allowed = new Set(tenant.data?.self.permissions);
  const rows = repositories.data?.items ?? [];
  return (
    <div className="page">
      <div className="page-head">
        <h1>Repositories {repositories.isSuccess && <span className="count">{formatCount(rows.length)}</span>}</h1>
        {allowed.has('forge.connect') && (
          // a whole load: the page behind it has a policy of its own, which lets a form go to GitHub
          <a className="button primary" href="/connect">
            Connect GitHub
          </a>
        )}
      </div>
      <Waiting repositories={repositories} />
      {rows.length > 0 && <RepositoryTable rows={rows} />}
      {allowed.has('repository.create') && <AddRepository mayUpload={allowed.has('archive.upload') && allowed.has('scan.start')} />}
    </div>
  );
}

function Waiting({ repositories }: { readonly repositories: UseQueryResult<{ readonly items: readonly RepositoryView[] }> }): ReactNode {
  return (
    <>
      {repositories.isError && <FailureNotice error={repositories.error} retry={() => void repositories.refetch()} />}
      {repositories.isPending && <p role="status">Loading …</p>}
      {repositories.isSuccess && repositories.data.items.length === 0 && (
        <Notice title="Nothing is connected yet">Connect GitHub, or add one repository below.</Notice>
      )}
    </>
  );
}

function RepositoryTable({ rows }: { readonly rows: readonly RepositoryView[] }): ReactNode {
  const scans = useInfiniteQuery(scansQuery);
  const recent = scans.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">Repository</th>
          <th scope="col">From</th>
          <th scope="col">Last scan</th>
          <th scope="col">Asked for</th>
          <th scope="col" className="number">
            Findings
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((repository) => (
          <RepositoryRow key={repository.id} repository={repository} last={recent.find((scan) => scan.repositoryId === repository.id)} />
        ))}
      </tbody>
    </table>
  );
}

const sources: Readonly<Record<RepositoryView['source']['kind'], string>> = {
  folder: 'a folder',
  git: 'git',
  archive: 'uploads',
  forge: 'GitHub',
};

function RepositoryRow({ repository, last }: { readonly repository: RepositoryView; readonly last: ScanView | undefined }): ReactNode {
  const { source } = repository;
  return (
    <tr>
      <td data-label="Repository">
        <Link to="/findings" search={{ repositoryId: repository.id }}>
          <VisibleText text={repository.name} />
        </Link>
      </td>
      <td data-label="From">
        {sources[source.kind]}
        {source.kind === 'git' && (
          <span className="meta">
            {' '}
            <VisibleText text={source.url} />
          </span>
        )}
      </td>
      <td data-label="Last scan">
        {last === undefined ? (
          '–'
        ) : (
          <Link to="/scans/$scanId" params={{ scanId: last.id }} className="plain">
            <ScanStateChip state={last.state} />
          </Link>
        )}
      </td>
      <td data-label="Asked for" className="nowrap">
        {last === undefined ? '–' : formatInstant(last.createdAt)}
      </td>
      <td data-label="Findings" className="number">
        {last === undefined ? '–' : formatCount(last.findingCount)}
      </td>
    </tr>
  );
}
