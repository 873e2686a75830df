import {
  benignReasons,
  scanEndStates,
  scanStages,
  severities,
  type CoverageCertificate,
  type ScanDetailView,
  type ScanProgress,
} from '@lib/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { scanQuery } from '../api/queries.ts';
import { queryClient } from '../api/query-client.ts';
import { change } from '../api/request.ts';
import { useScanProgress } from '../api/use-scan-progress.ts';
import { furtherProgress } from '../list/further-progress.ts';
import { FailureNotice } from '../parts/notice.tsx';
import { ScanStateChip } from '../parts/scan-state-chip.tsx';
import { SeverityChip } from '../parts/severity-chip.tsx';
import { formatCount, formatDuration, formatInstant } from '../text/format.ts';
import { VisibleText } from '../text/visible-text.tsx';
import { useTitle } from '../use-title.ts';

const stageWords = {
  queued: 'Queued',
  ingest: 'Tree sealed',
  analyze: 'Analysed in the sandbox',
  record: 'Evidence sealed',
  done: 'Done',
} as const;

/** One scan: how far it is, what it found, what it covered, behind which walls, and with what proof. */
export function ScanPage(): ReactNode {
  const { scanId } = useParams({ from: '/shell/scans/$scanId' });
  const scan = useQuery(scanQuery(scanId));
  const live = scan.data !== undefined && !scanEndStates.includes(scan.data.state);
  const { progress, pausedAt } = useScanProgress(scanId, live);
  useTitle(scan.data === undefined ? 'Scan' : `Scan of ${scan.data.repositoryName}`);
  if (scan.data === undefined) return <ScanMissing error={scan.error} retry={() => void scan.refetch()} />;
  const now: ScanProgress = furtherProgress(scan.data, live ? progress : undefined);
  return (
    <div className="page">
      <div className="page-head">
        <h1>
          <VisibleText text={scan.data.repositoryName} /> <ScanStateChip state={now.state} />
        </h1>
        {live && <CancelButton scanId={scanId} />}
      </div>
      {live && pausedAt !== undefined && (
        <p className="banner" role="status">
          Live view paused; data as of {pausedAt.toLocaleTimeString()}.
        </p>
      )}
      <Stages progress={now} />
      <Summary scan={scan.data} now={now} />
      {scan.data.coverage !== null && <Coverage coverage={scan.data.coverage} />}
      <Evidence scan={scan.data} />
    </div>
  );
}

function ScanMissing({ error, retry }: { readonly error: Error | null; readonly retry: () => void }): ReactNode {
  return (
    <div className="page">
      <h1 className="visually-hidden">Scan</h1>
      {error === null ? <p role="status">Loading …</p> : <FailureNotice error={error} retry={retry} />}
    </div>
  );
}

function CancelButton({ scanId }: { readonly scanId: string }): ReactNode {
  const cancel = useMutation({
    mutationFn: () => change('POST', `/v1/scans/${scanId}/cancel`),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['scan', scanId] }),
  });
  return (
    <button type="button" className="button" onClick={() => cancel.mutate()} disabled={cancel.isPending}>
      Cancel scan
    </button>
  );
}

function Stages({ progress }: { readonly progress: ScanProgress }): ReactNode {
  const at = scanStages.indexOf(progress.stage);
  const ended = scanEndStates.includes(progress.state);
  const stopped = progress.state === 'failed' || progress.state === 'cancelled';
  const lookOf = (index: number): string | undefined => {
    if (index < at || (ended && !stopped)) return 'stage-done';
    if (index > at) return undefined;
    return stopped ? 'stage-stopped' : 'stage-now';
  };
  return (
    <>
      <ol className="stages">
        {scanStages.map((stage, index) => (
          <li key={stage} className={lookOf(index)} aria-current={index === at && !ended ? 'step' : undefined}>
            {stageWords[stage]}
          </li>
        ))}
      </ol>
      {!ended && progress.filesTotal > 0 && (
        <progress value={progress.filesDone} max={progress.filesTotal} aria-label="Files analysed">
          {progress.filesDone} of {progress.filesTotal}
        </progress>
      )}
      <p className="visually-hidden" aria-live="polite">
        {ended ? `The scan has ended: ${progress.state}` : stageWords[progress.stage]}
      </p>
    </>
  );
}

function Summary({ scan, now }: { readonly scan: ScanDetailView; readonly now: ScanProgress }): ReactNode {
  return (
    <section className="card">
      <h2>Findings</h2>
      <dl className="figures">
        <div>
          <dt>Findings</dt>
          <dd>{formatCount(now.findingCount)}</dd>
        </div>
        <div>
          <dt>Files</dt>
          <dd>
            {formatCount(now.filesDone)} of {formatCount(now.filesTotal)}
          </dd>
        </div>
        {scan.startedAt !== null && scan.finishedAt !== null && (
          <div>
            <dt>Took</dt>
            <dd>{formatDuration(scan.startedAt, scan.finishedAt)}</dd>
          </div>
        )}
      </dl>
      <div className="chips">
        {severities
          .filter((severity) => scan.bySeverity[severity] > 0)
          .map((severity) => (
            <Link key={severity} to="/findings" search={{ scanId: scan.id, severity }} className="chip-link">
              <SeverityChip severity={severity} /> {formatCount(scan.bySeverity[severity])}
            </Link>
          ))}
        {now.findingCount > 0 && (
          <Link to="/findings" search={{ scanId: scan.id }} className="button">
            Show all findings
          </Link>
        )}
      </div>
      <p className="meta">
        Asked for {formatInstant(scan.createdAt)}
        {scan.errorCode !== null && (
          <>
            {' '}
            · <code>{scan.errorCode}</code>
          </>
        )}
        {scan.missingLayers.length > 0 && <> · these walls were missing, so nothing ran: {scan.missingLayers.join('; ')}</>}
      </p>
    </section>
  );
}

function Coverage({ coverage }: { readonly coverage: CoverageCertificate }): ReactNode {
  const left = coverage.entries.filter((entry) => !benignReasons.includes(entry.reason));
  const { sandbox } = coverage;
  return (
    <section className="card">
      <h2 className="card-head">
        Coverage{' '}
        <span className={`chip ${coverage.complete ? 'severity-ok' : 'severity-medium'}`}>
          {coverage.complete ? '✓ complete' : '◆ incomplete'}
        </span>
      </h2>
      <p>
        {formatCount(coverage.filesInTree)} files in the sealed tree <code className="digest">{coverage.treeSha256}</code>
      </p>
      <table className="list">
        <thead>
          <tr>
            <th scope="col">Analyzer</th>
            <th scope="col" className="number">
              Files
            </th>
            <th scope="col" className="number">
              Findings
            </th>
            <th scope="col">Version</th>
            <th scope="col">Notes</th>
          </tr>
        </thead>
        <tbody>
          {coverage.analyzers.map((run) => (
            <tr key={run.analyzer}>
              <td data-label="Analyzer">{run.analyzer}</td>
              <td data-label="Files" className="number">
                {formatCount(run.filesAnalyzed)} of {formatCount(run.filesWanted)}
              </td>
              <td data-label="Findings" className="number">
                {formatCount(run.findingCount)}
              </td>
              <td data-label="Version">
                {run.version} <code className="digest">{run.ruleDigest.slice(0, 12)}</code>
              </td>
              <td data-label="Notes">{run.notes.length === 0 ? '–' : <VisibleText text={run.notes.join('; ')} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {left.length > 0 && (
        <details>
          <summary>{formatCount(left.length)} things were not covered</summary>
          <ul className="uncovered">
            {left.map((entry, index) => (
              <li key={index}>
                <code>
                  <VisibleText text={entry.path} />
                </code>{' '}
                {entry.reason.replaceAll('_', ' ')}
                {entry.analyzer !== undefined && ` (${entry.analyzer})`}
              </li>
            ))}
          </ul>
        </details>
      )}
      <p className="meta">
        Walls around the analysis: {sandbox.bubblewrap ? 'bubblewrap, ' : ''}
        {sandbox.landlockAbi > 0 ? `Landlock ABI ${String(sandbox.landlockAbi)}, ` : ''}
        {sandbox.seccompStage1 && sandbox.seccompStage2 ? 'seccomp in two stages, ' : ''}
        {sandbox.noNewPrivileges ? 'no new privileges, ' : ''}
        {sandbox.cgroup ? 'a control group, ' : ''}
        {sandbox.unprivilegedUser ? 'an unprivileged user' : 'the same user'}
      </p>
    </section>
  );
}

function Evidence({ scan }: { readonly scan: ScanDetailView }): ReactNode {
  if (scan.evidence.length === 0) return null;
  return (
    <section className="card">
      <h2>Evidence</h2>
      {scan.evidence.map((pack) => (
        <dl key={pack.packId} className="facts">
          <dt>Merkle root</dt>
          <dd>
            <code className="digest">{pack.merkleRoot}</code>
          </dd>
          <dt>Entries</dt>
          <dd>{formatCount(pack.entryCount)}</dd>
          <dt>{pack.expiredAt === null ? 'Kept until' : 'Expired on'}</dt>
          <dd>
            {formatInstant(pack.expiredAt ?? pack.retainUntil)}
            {pack.hold !== 'none' && ' · legal hold'}
          </dd>
        </dl>
      ))}
    </section>
  );
}
