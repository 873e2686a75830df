import type { ScanState } from '@lib/contract';
import type { ReactNode } from 'react';

const looks: Readonly<Record<ScanState, { readonly shape: string; readonly tone: string; readonly word: string }>> = {
  queued: { shape: '○', tone: 'info', word: 'queued' },
  running: { shape: '◐', tone: 'low', word: 'running' },
  succeeded: { shape: '✓', tone: 'ok', word: 'complete' },
  incomplete: { shape: '◆', tone: 'medium', word: 'incomplete' },
  failed: { shape: '✕', tone: 'critical', word: 'failed' },
  cancelled: { shape: '–', tone: 'info', word: 'cancelled' },
};

/** The state of a scan as a word in a chip. */
export function ScanStateChip({ state }: { readonly state: ScanState }): ReactNode {
  const { shape, tone, word } = looks[state];
  return (
    <span className={`chip severity-${tone}`}>
      <span aria-hidden="true">{shape}</span> {word}
    </span>
  );
}
