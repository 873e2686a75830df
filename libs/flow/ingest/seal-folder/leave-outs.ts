import type { CoverageEntry, CoverageReason } from '@lib/contract';
import type { SealLimits } from './seal-limits.ts';

/** What was not stored: counted always, listed up to a bound. */
export type LeaveOuts = {
  readonly add: (path: string, reason: CoverageReason) => void;
  readonly entries: readonly CoverageEntry[];
  readonly counts: Readonly<Partial<Record<CoverageReason, number>>>;
};

/** An empty list of what was left out. Paths are made to fit: cut to the bound, without NUL. */
export function leaveOuts(bounds: Pick<SealLimits, 'coverageEntriesMax' | 'pathBytesMax'>): LeaveOuts {
  const entries: CoverageEntry[] = [];
  const counts: Partial<Record<CoverageReason, number>> = {};
  return {
    entries,
    counts,
    add: (path, reason) => {
      counts[reason] = (counts[reason] ?? 0) + 1;
      if (entries.length < bounds.coverageEntriesMax) entries.push({ path: path.slice(0, bounds.pathBytesMax), reason });
    },
  };
}
