import type { FindingDetailView } from '@lib/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { formatInstant } from '../text/format.ts';
import { InlineCode } from '../text/inline-code.tsx';
import { VisibleText } from '../text/visible-text.tsx';
import { CodeExcerpt } from './code-excerpt.tsx';
import { FindingHistory } from './finding-history.tsx';
import { FindingPlaceContext, FindingSection, type FindingPlace } from './finding-section.tsx';
import { FindingStateChip } from './finding-state-chip.tsx';
import { FindingSightings } from './finding-sightings.tsx';
import { FindingTriage } from './finding-triage.tsx';
import { FlowSteps } from './flow-steps.tsx';
import { SeverityChip } from './severity-chip.tsx';

/** Everything that is known of one finding, the proof included. */
export function FindingView({ finding, place }: { readonly finding: FindingDetailView; readonly place: FindingPlace }): ReactNode {
  const { body } = finding;
  const Title = place === 'page' ? 'h1' : 'h2';
  return (
    <FindingPlaceContext value={place}>
      <article className="finding">
        <header>
          <div className="chips">
            <SeverityChip severity={finding.severity} />
            <span className="chip severity-info">{finding.confidence} confidence</span>
            <FindingStateChip state={finding.state} />
          </div>
          <Title className="finding-name">
            <InlineCode text={finding.title} />
          </Title>
          <p className="place">
            <code>
              <VisibleText text={finding.path} />:{finding.startLine}
            </code>
          </p>
          <Prose text={body.message} />
        </header>
        {body.ignore !== undefined && (
          <p className="prose" data-request="ignore">
            A comment in line {body.ignore.line} asks to ignore this until {body.ignore.until}: <VisibleText text={body.ignore.reason} />.
            Nothing is suppressed by that.
          </p>
        )}
        <FindingTriage finding={finding} />
        <FindingSection title="Code">
          <CodeExcerpt excerpt={body.excerpt} location={body.location} flow={body.flow} />
        </FindingSection>
        {body.flow.length > 1 && (
          <FindingSection title={`Data flow, ${String(body.flow.length)} steps`}>
            <FlowSteps flow={body.flow} />
          </FindingSection>
        )}
        {body.remediation !== '' && (
          <FindingSection title="What to do">
            <Prose text={body.remediation} />
          </FindingSection>
        )}
        <ScoreSection finding={finding} />
        <FactsSection finding={finding} />
        <FindingSightings finding={finding} />
        <EvidenceSection finding={finding} />
        <FindingHistory findingId={finding.id} firstSeenAt={finding.firstSeenAt} />
      </article>
    </FindingPlaceContext>
  );
}

function Prose({ text }: { readonly text: string }): ReactNode {
  return text.split('\n').map((line, index) => (
    <p key={index} className="prose">
      <InlineCode text={line} />
    </p>
  ));
}

function ScoreSection({ finding }: { readonly finding: FindingDetailView }): ReactNode {
  return (
    <FindingSection title={`Why ${String(finding.score)}`}>
      <table className="factors">
        <tbody>
          {finding.body.scoreFactors.map((factor) => (
            <tr key={factor.name}>
              <th scope="row">
                <VisibleText text={factor.name} />
              </th>
              <td className="number">{factor.points < 0 ? `−${String(-factor.points)}` : `+${String(factor.points)}`}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Score</th>
            <td className="number">{finding.score}</td>
          </tr>
        </tfoot>
      </table>
    </FindingSection>
  );
}

function FactsSection({ finding }: { readonly finding: FindingDetailView }): ReactNode {
  const { body } = finding;
  return (
    <FindingSection title="Facts">
      <dl className="facts">
        <dt>Rule</dt>
        <dd>
          <Link to="/findings" search={{ ruleId: finding.ruleId }}>
            <code>{finding.ruleId}</code>
          </Link>{' '}
          version {finding.ruleVersion}
        </dd>
        {body.cwe.length > 0 && (
          <>
            <dt>Weakness</dt>
            <dd>{body.cwe.map((cwe) => `CWE-${String(cwe)}`).join(', ')}</dd>
          </>
        )}
        {body.dependency !== undefined && (
          <>
            <dt>Package</dt>
            <dd>
              <code>
                <VisibleText text={body.dependency.purl} />
              </code>
              {body.dependency.fixedVersions.length > 0 && (
                <>
                  {' '}
                  · fixed in <VisibleText text={body.dependency.fixedVersions.join(', ')} />
                </>
              )}
              {body.dependency.use !== undefined && (
                <>
                  {' '}
                  · <PackageUse use={body.dependency.use} />
                </>
              )}
              {body.dependency.vex?.map((note) => (
                <div key={note.id}>
                  <VisibleText text={`${note.by} says of ${note.id}: ${words(note.status)}`} />
                  {note.justification !== undefined && <>, {words(note.justification)}</>} (<VisibleText text={note.path} />)
                </div>
              ))}
            </dd>
          </>
        )}
        <dt>First seen</dt>
        <dd>{formatInstant(finding.firstSeenAt)}</dd>
        <dt>Last scan</dt>
        <dd>
          <Link to="/scans/$scanId" params={{ scanId: finding.lastScanId }}>
            Open the scan
          </Link>
        </dd>
        {body.references.length > 0 && (
          <>
            <dt>References</dt>
            <dd>
              <ul className="plain-list">
                {body.references.map((reference) => (
                  <li key={reference}>
                    <Reference text={reference} />
                  </li>
                ))}
              </ul>
            </dd>
          </>
        )}
      </dl>
    </FindingSection>
  );
}

// Only https becomes a link, and it shows where it leads in full.
function Reference({ text }: { readonly text: string }): ReactNode {
  if (!/^https:\/\/[a-z0-9.-]+\//iu.test(text)) return <VisibleText text={text} />;
  return (
    <a href={text} target="_blank" rel="noopener noreferrer">
      <VisibleText text={text} />
    </a>
  );
}

const evidenceWords = {
  verified: {
    chip: 'severity-ok',
    text: '✓ verified',
    detail: 'The sealed bytes were read back for this page; their digest matches this record.',
  },
  mismatch: {
    chip: 'severity-critical',
    text: '✕ mismatch',
    detail:
      'The stored bytes are not those that were sealed. This has been recorded in your audit log, and an alarm stands until you acknowledge it.',
  },
  missing: {
    chip: 'severity-critical',
    text: '✕ missing',
    detail:
      'The stored object is gone before its date. This has been recorded in your audit log, and an alarm stands until you acknowledge it.',
  },
  expired: {
    chip: 'severity-info',
    text: '◷ expired',
    detail: 'The time for which this proof was kept has come; the stored object is no longer there to be read.',
  },
  unavailable: {
    chip: 'severity-medium',
    text: '◆ not verified',
    detail: 'The stored bytes could not be read just now, so nothing is proved.',
  },
} as const;

const holdWords = { placing: 'legal hold, being set', held: 'legal hold', lifting: 'legal hold, being lifted' } as const;

function EvidenceSection({ finding }: { readonly finding: FindingDetailView }): ReactNode {
  const { evidence } = finding;
  const words = evidenceWords[evidence.state];
  return (
    <FindingSection
      title={
        <>
          Evidence <span className={`chip ${words.chip}`}>{words.text}</span>
        </>
      }
    >
      <p className="prose" role={evidence.state === 'mismatch' || evidence.state === 'missing' ? 'alert' : undefined}>
        {words.detail}
      </p>
      <dl className="facts">
        <dt>SHA-256</dt>
        <dd>
          <code className="digest">{evidence.sha256}</code>
        </dd>
        <dt>Merkle root</dt>
        <dd>
          <code className="digest">{evidence.merkleRoot}</code>
        </dd>
        <dt>Pack</dt>
        <dd>
          <code className="digest">{evidence.packId}</code>, entry {evidence.leafIndex}
        </dd>
        <dt>Object</dt>
        <dd>
          <code className="digest">{evidence.objectKey}</code>, version <code className="digest">{evidence.objectVersion}</code>, bytes{' '}
          {evidence.offset} to {evidence.offset + evidence.length} of the opened pack
        </dd>
        {evidence.expiredAt === null ? (
          <>
            <dt>Kept until</dt>
            <dd>
              {formatInstant(evidence.retainUntil)}
              {evidence.hold !== 'none' && <span className="chip severity-info">{holdWords[evidence.hold]}</span>}
            </dd>
          </>
        ) : (
          <>
            <dt>Proof expired on</dt>
            <dd>{formatInstant(evidence.expiredAt)}</dd>
          </>
        )}
      </dl>
    </FindingSection>
  );
}

function words(code: string): string {
  return code.replaceAll('_', ' ');
}

type Use = NonNullable<NonNullable<FindingDetailView['body']['dependency']>['use']>;

function PackageUse({ use }: { readonly use: Use }) {
  if (use.kind === 'not_found') return <>no source names it</>;
  if (use.kind === 'through')
    return (
      <>
        needed by <VisibleText text={use.by} />, which sources name
      </>
    );
  return (
    <>
      {useWords(use)} <VisibleText text={use.place} />
    </>
  );
}

function useWords(use: Exclude<Use, { readonly kind: 'through' | 'not_found' }>): string {
  switch (use.kind) {
    case 'vulnerable_called':
      return `the vulnerable ${use.symbol} is used in`;
    case 'vulnerable_not_called':
      return `${use.symbols.join(', ')} is not used; the package is called in`;
    case 'called':
      return 'called in';
    case 'imported':
      return 'imported, and no call seen, in';
    case 'hidden':
      return 'not known: no source names it, and one loads what it does not name,';
    case 'named':
      return 'named in';
  }
}
