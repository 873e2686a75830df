import { severities, type FindingView, type ScanView, type Severity } from '@lib/contract';
import { useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { alarmsQuery, findingsQuery, openCountQuery, repositoriesQuery, scansQuery } from '../api/queries.ts';
import { Notice } from '../parts/notice.tsx';
import { ScanStateChip } from '../parts/scan-state-chip.tsx';
import { SeverityChip } from '../parts/severity-chip.tsx';
import { formatCount, formatInstant } from '../text/format.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { useTitle } from '../use-title.ts';

const worstShown = 5;
const scansShown = 5;

/** Where one stands: what is open by severity, the worst of it, how the last scans ended, whether the evidence is whole. */
export function OverviewPage(): ReactNode {
  useTitle('Overview');
  const repositories = useQuery(repositoriesQuery);
  return (
    <div className="page">
      <div className="page-head">
        <h1>Overview</h1>
        <EvidenceState />
      </div>
      {repositories.data?.items.length === 0 ? (
        <Notice title="Nothing is connected yet">
          <Link to="/repositories">Connect a repository</Link>
        </Notice>
      ) : (
        <>
          <OpenBySeverity />
          <div className="halves">
            <Worst />
            <LastScans />
          </div>
        </>
      )}
    </div>
  );
}

function OpenBySeverity(): ReactNode {
  const counts = useQueries({ queries: severities.map((severity) => openCountQuery(severity)) });
  return (
    <section aria-label="Open findings by severity" className="tiles">
      {severities.map((severity, at) => (
        <Tile key={severity} severity={severity} count={counts[at]?.data} />
      ))}
    </section>
  );
}

function Tile({ severity, count }: { readonly severity: Severity; readonly count: number | undefined }): ReactNode {
  return (
    <Link to="/findings" search={{ severity, state: 'open' }} className="tile">
      <SeverityChip severity={severity} />
      <span className="tile-figure">{count === undefined ? '–' : formatCount(count)}</span>
      <span className="meta">open</span>
    </Link>
  );
}

function Worst(): ReactNode {
  const findings = useInfiniteQuery(findingsQuery({ state: 'open' }));
  const worst = findings.data?.pages[0]?.items.slice(0, worstShown) ?? [];
  return (
    <section className="card" aria-label="Worst open findings">
      <h2>Worst open findings</h2>
      {findings.isSuccess && worst.length === 0 && <p>Nothing is open.</p>}
      <ul className="plain-list">
        {worst.map((finding) => (
          <WorstRow key={finding.id} finding={finding} />
        ))}
      </ul>
      <p>
        <Link to="/findings">All findings</Link>
      </p>
    </section>
  );
}

function WorstRow({ finding }: { readonly finding: FindingView }): ReactNode {
  return (
    <li>
      <Link to="/findings/$findingId" params={{ findingId: finding.id }}>
        <VisibleText text={finding.title} />
      </Link>
      <div className="meta">
        {formatCount(finding.score)} ·{' '}
        <code>
          <VisibleText text={finding.path} />:{finding.startLine}
        </code>
      </div>
    </li>
  );
}

function LastScans(): ReactNode {
  const scans = useInfiniteQuery(scansQuery);
  const last = scans.data?.pages[0]?.items.slice(0, scansShown) ?? [];
  return (
    <section className="card" aria-label="Last scans">
      <h2>Last scans</h2>
      {scans.isSuccess && last.length === 0 && <p>No scan yet.</p>}
      <ul className="plain-list">
        {last.map((scan) => (
          <ScanRow key={scan.id} scan={scan} />
        ))}
      </ul>
      <p>
        <Link to="/scans">All scans</Link>
      </p>
    </section>
  );
}

function ScanRow({ scan }: { readonly scan: ScanView }): ReactNode {
  return (
    <li>
      <Link to="/scans/$scanId" params={{ scanId: scan.id }}>
        <VisibleText text={scan.repositoryName} />
      </Link>{' '}
      <ScanStateChip state={scan.state} />
      <div className="meta">
        {formatInstant(scan.createdAt)} · {formatCount(scan.findingCount)} findings
      </div>
    </li>
  );
}

// Only what was looked at is said to be whole: an alarm that nobody could read is no all-clear.
function EvidenceState(): ReactNode {
  const alarms = useQuery(alarmsQuery);
  if (alarms.data === undefined) return null;
  const open = alarms.data.items.length;
  return (
    <span className={`chip ${open === 0 ? 'severity-ok' : 'severity-critical'}`}>
      {open === 0 ? '✓ no alarm about evidence' : `▲ ${formatCount(open)} alarms about evidence`}
    </span>
  );
}
