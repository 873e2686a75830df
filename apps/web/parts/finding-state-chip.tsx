import type { FindingState } from '@lib/contract';
import type { ReactNode } from 'react';

/** How a state is written, and the shape beside it: never colour alone. */
export const stateWords: Readonly<Record<FindingState, { readonly word: string; readonly shape: string; readonly tone: string }>> = {
  open: { word: 'open', shape: '○', tone: 'info' },
  reopened: { word: 'reopened', shape: '↺', tone: 'high' },
  in_review: { word: 'in review', shape: '◐', tone: 'low' },
  confirmed: { word: 'confirmed', shape: '●', tone: 'medium' },
  accepted_risk: { word: 'accepted risk', shape: '◇', tone: 'info' },
  false_positive: { word: 'false positive', shape: '⊘', tone: 'info' },
  fixed: { word: 'fixed', shape: '✓', tone: 'ok' },
  proposed: { word: 'proposed', shape: '◌', tone: 'info' },
};

/** Where a finding stands. */
export function FindingStateChip({ state }: { readonly state: FindingState }): ReactNode {
  const { word, shape, tone } = stateWords[state];
  return (
    <span className={`finding-state chip severity-${tone}`}>
      <span aria-hidden="true">{shape}</span> {word}
    </span>
  );
}
