import type { DecidedState, FindingView } from '@lib/contract';
import { Link } from '@tanstack/react-router';
import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { nextRow } from '../list/next-row.ts';
import { undoing, useDecide, type Decided } from '../triage/use-decide.ts';
import { InlineCode } from '../text/inline-code.tsx';
import { VisibleText } from '../text/visible-text.tsx';
import { FindingStateChip, stateWords } from './finding-state-chip.tsx';
import { SeverityChip } from './severity-chip.tsx';

const decisionKeys: Readonly<Record<string, DecidedState>> = { e: 'confirmed', r: 'in_review' };

/**
 * The findings as rows. One of them is a tab stop; while the focus is on it, j and k move, Enter or o opens, e confirms, r takes it into
 * review, each going on to the next, and u takes the last decision back.
 */
export function FindingsList({ rows, open }: { readonly rows: readonly FindingView[]; readonly open: string | undefined }): ReactNode {
  const list = useRef<HTMLUListElement>(null);
  const [current, setCurrent] = useState(open);
  const stop = rows.find((finding) => finding.id === current)?.id ?? rows.find((finding) => finding.id === open)?.id ?? rows[0]?.id;
  const decide = useDecide();
  const last = useRef<Decided | undefined>(undefined);
  const [said, setSaid] = useState('');
  if (rows.length === 0) return null;
  const judge = (decided: Decided, title: string): void => {
    last.current = decided;
    setSaid(`${stateWords[decided.state].word}: ${title}`);
    decide.mutate(decided, { onError: (error) => setSaid(error.message) });
  };
  const onDecision = (key: string, id: string | undefined): boolean => {
    if (key === 'u' && last.current !== undefined) {
      judge(undoing(last.current), 'taken back');
      last.current = undefined;
      return true;
    }
    const [state, finding] = [decisionKeys[key], rows.find((row) => row.id === id)];
    if (state === undefined || finding === undefined) return false;
    if (finding.state === 'fixed') setSaid('A fixed finding has nothing to decide');
    else judge({ finding, state }, finding.title);
    return true;
  };
  return (
    <>
      <p className="visually-hidden" role="status">
        <VisibleText text={said} />
      </p>
      <div className="findings-head" aria-hidden="true">
        <span>Severity</span>
        <span className="number">Score</span>
        <span>Finding</span>
        <span>Location</span>
        <span className="wide-only">Analyzer</span>
        <span className="wide-only">State</span>
      </div>
      <ul className="findings" ref={list} onKeyDown={(event) => onKey(event, list.current, onDecision)} aria-label="Findings, worst first">
        {rows.map((finding) => (
          <li key={finding.id}>
            <Link
              to="/findings"
              search={(before) => ({ ...before, f: finding.id })}
              className="finding-row"
              data-finding={finding.id}
              tabIndex={finding.id === stop ? 0 : -1}
              onFocus={() => setCurrent(finding.id)}
              activeProps={{ 'aria-current': 'true' }}
            >
              <SeverityChip severity={finding.severity} />
              <span className="finding-score">
                <span className="visually-hidden">score </span>
                {finding.score}
              </span>
              <span className="finding-title">
                <InlineCode text={finding.title} />
              </span>
              <code className="finding-place">
                <span className="finding-folder">
                  <VisibleText text={finding.path.slice(0, finding.path.lastIndexOf('/') + 1)} />
                </span>
                <span className="finding-file">
                  <VisibleText text={finding.path.slice(finding.path.lastIndexOf('/') + 1)} />:{finding.startLine}
                </span>
              </code>
              <span className="finding-kind wide-only">
                {finding.analyzer}
                <AlsoSeenBy tools={finding.alsoSeenBy} />
              </span>
              <FindingStateChip state={finding.state} />
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

function AlsoSeenBy({ tools }: { readonly tools: readonly string[] }): ReactNode {
  if (tools.length === 0) return null;
  return (
    <span title={`also seen by ${tools.join(', ')}`}>
      <span className="visually-hidden">, also seen by {tools.join(', ')}</span>
      <span aria-hidden="true"> +{tools.length}</span>
    </span>
  );
}

type OnDecision = (key: string, id: string | undefined) => boolean;

function onKey(event: KeyboardEvent, list: HTMLUListElement | null, onDecision: OnDecision): void {
  if (isChord(event)) return;
  const links = [...(list?.querySelectorAll('a') ?? [])];
  const at = links.findIndex((link) => link === document.activeElement);
  if (event.key === 'o') links[at]?.click();
  else if (onDecision(event.key, links[at]?.dataset['finding']))
    takeRow(event, event.key === 'u' ? undefined : (links[at + 1] ?? links[at - 1]));
  else {
    const goal = nextRow(event.key, at, links.length);
    if (goal !== undefined) takeRow(event, links[goal]);
  }
}

// After a decision the next row is taken before the one that was decided about may leave the list.
function takeRow(event: KeyboardEvent, row: HTMLElement | undefined): void {
  event.preventDefault();
  row?.focus();
}

function isChord({ ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return ctrlKey || metaKey || altKey;
}
