import { scanEndStates, scanStages, type ScanProgress } from '@lib/contract';

/** Of two views of one scan the one that is further: figures are totals so far, and an end is final. */
export function furtherProgress<A extends ScanProgress, B extends ScanProgress>(one: A, other: B | undefined): A | B {
  if (other === undefined) return one;
  const [a, b] = [rank(one), rank(other)];
  const at = a.findIndex((value, index) => value !== b[index]);
  return at === -1 || (a[at] ?? 0) > (b[at] ?? 0) ? one : other;
}

function rank(progress: ScanProgress): readonly number[] {
  return [
    scanEndStates.includes(progress.state) ? 1 : 0,
    scanStages.indexOf(progress.stage),
    progress.filesTotal,
    progress.filesDone,
    progress.findingCount,
  ];
}
