import type { FindingView } from '@lib/contract';
import { Link } from '@tanstack/react-router';
import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { nextRow } from '../list/next-row.ts';
import { InlineCode } from '../text/inline-code.tsx';
import { VisibleText } from '../text/visible-text.tsx';
import { SeverityChip } from './severity-chip.tsx';

/** The findings as rows. One of them is a tab stop; while the focus is on it, j and k move, Enter or o opens. */
export function FindingsList({ rows, open }: { readonly rows: readonly FindingView[]; readonly open: string | undefined }): ReactNode {
  const list = useRef<HTMLUListElement>(null);
  const [current, setCurrent] = useState(open);
  const stop = rows.find((finding) => finding.id === current)?.id ?? rows.find((finding) => finding.id === open)?.id ?? rows[0]?.id;
  if (rows.length === 0) return null;
  return (
    <>
      <div className="findings-head" aria-hidden="true">
        <span>Severity</span>
        <span className="number">Score</span>
        <span>Finding</span>
        <span>Location</span>
        <span className="wide-only">Analyzer</span>
        <span className="wide-only">State</span>
      </div>
      <ul className="findings" ref={list} onKeyDown={(event) => onKey(event, list.current)} aria-label="Findings, worst first">
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
              <span className="finding-kind wide-only">{finding.analyzer}</span>
              <span className={finding.state === 'fixed' ? 'finding-state chip severity-ok' : 'finding-kind wide-only'}>
                {finding.state === 'fixed' ? '✓ fixed' : finding.state}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

function onKey(event: KeyboardEvent, list: HTMLUListElement | null): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const links = [...(list?.querySelectorAll('a') ?? [])];
  const at = links.findIndex((link) => link === document.activeElement);
  if (event.key === 'o') {
    links[at]?.click();
    return;
  }
  const goal = nextRow(event.key, at, links.length);
  if (goal === undefined) return;
  event.preventDefault();
  links[goal]?.focus();
}
