import { leafHash, sameHash } from '@lib/engine/tlog';
import { viewPaths } from '../views/audit-view.ts';
import type { LeafRecord } from '../views/leaf-record.ts';
import type { BundleSource } from './bundle-source.ts';
import type { BundleFault } from './bundle-verdict.ts';
import { matchesFilter } from './export-filter.ts';
import { type ExportNote, notePath } from './export-note.ts';
import { readRows } from './read-rows.ts';

/** Rows and leaves walk side by side: `meet` takes the hashes of the next leaves and judges the rows that claim to be among them. */
export type RowsCheck = {
  readonly meet: (leaves: readonly LeafRecord[]) => Promise<void>;
  readonly finish: () => { readonly faults: readonly BundleFault[]; readonly matched: number };
};

/** Opens the rows of a filtered export; `onRow` sees each that is good, until one is not. */
export async function checkRows(
  source: BundleSource,
  note: ExportNote,
  onRow: (rows: readonly LeafRecord[]) => Promise<void>,
): Promise<RowsCheck> {
  const rows = readRows(source);
  let fault: BundleFault | undefined;
  let matched = 0;
  let last = -1;
  let next = await rows.next();
  return {
    meet: async (leaves) => {
      const first = leaves[0]?.index ?? 0;
      while (next.done !== true && fault === undefined && !(next.value.index >= first + leaves.length)) {
        const { index, entry } = next.value;
        // strictly rising, so that no row counts twice
        const leaf = index > last ? leaves[index - first] : undefined;
        fault = judge(note, index, { entry, leaf });
        if (fault === undefined && leaf !== undefined) await onRow([{ index, hash: leaf.hash, entry }]);
        last = index;
        matched += 1;
        next = await rows.next();
      }
    },
    finish: () => {
      if (next.done !== true) fault ??= faultAt('bundle.entry_added', next.value.index);
      if (matched !== note.matched)
        fault ??= { code: 'bundle.note_mismatch', index: null, path: notePath, detail: `${String(matched)} rows` };
      return { faults: fault === undefined ? [] : [fault], matched };
    },
  };
}

function judge(
  note: ExportNote,
  index: number,
  row: { readonly entry: Uint8Array; readonly leaf: LeafRecord | undefined },
): BundleFault | undefined {
  if (row.leaf === undefined) return faultAt('bundle.entry_misplaced', index);
  if (!sameHash(leafHash(row.entry), row.leaf.hash)) return faultAt('bundle.entry_altered', index);
  if (matchesFilter(note.filter, row.entry)) return undefined;
  return { code: 'bundle.note_mismatch', index, path: notePath, detail: 'the row does not fit the filter' };
}

function faultAt(code: 'bundle.entry_misplaced' | 'bundle.entry_altered' | 'bundle.entry_added', index: number): BundleFault {
  return { code, index: Number.isNaN(index) ? null : index, path: viewPaths.jsonl };
}
