import { limits, type CoverageEntry, type UnpackMessage } from '@lib/contract';
import type { Leaving } from '@lib/engine/archive';

type Counts = Extract<UnpackMessage, { readonly type: 'sealed' }>['counts'];

/** What was left out or is worth telling: counted always, listed up to a bound. */
export type Leavings = {
  readonly add: (leaving: Leaving) => void;
  readonly counts: Counts;
  /** As coverage entries, below the folder that everything lies in. */
  readonly entries: (soleFolder: string | undefined) => readonly CoverageEntry[];
};

/** An empty list. */
export function collectLeavings(): Leavings {
  const kept: Leaving[] = [];
  const counts: Counts = {};
  return {
    counts,
    add: (leaving) => {
      counts[leaving.reason] = (counts[leaving.reason] ?? 0) + 1;
      if (kept.length < limits.coverageEntriesMax) kept.push(leaving);
    },
    entries: (soleFolder) =>
      kept.map(({ path, reason, detail }) => ({
        path: withoutFolder(path, soleFolder).slice(0, limits.pathBytesMax),
        reason,
        ...(detail === undefined ? {} : { detail }),
      })),
  };
}

function withoutFolder(path: string, folder: string | undefined): string {
  if (folder === undefined) return path;
  if (path === folder) return '.';
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
}
