import type { BundleSource } from './bundle-source.ts';
import type { BundleFault, BundleVerdict } from './bundle-verdict.ts';
import { type BundleHead, type ReaderKnows, checkHead } from './check-head.ts';
import { checkProofs } from './check-proofs.ts';
import { checkTree } from './check-tree.ts';
import { checkViews } from './check-views.ts';
import { isNarrow } from './export-filter.ts';
import { type ExportNote, notePath, readExportNote } from './export-note.ts';
import { checkRows } from './check-rows.ts';

/**
 * Verifies a bundle with nothing but its bytes, and with what the reader knows from elsewhere: the log's key, an older checkpoint.
 * The bytes are hostile until shown otherwise. Bounded memory; reads each file once.
 *
 * What it shows: the entries are those that the key signed for, none changed, dropped, moved or added; with an older checkpoint also
 * that nothing before it was rewritten. What it cannot show without an older checkpoint or another reader's: that the holder of the
 * key did not sign two histories.
 */
export async function verifyBundle(source: BundleSource, reader: ReaderKnows = {}): Promise<BundleVerdict> {
  const keyFrom = reader.key === undefined ? 'bundle' : 'reader';
  const head = await checkHead(source, reader);
  if (!head.ok) return { ...emptyVerdict, keyFrom, faults: [head.error] };
  const { checkpoint, keyLine, since } = head.value;
  const noted = await openNote(source, head.value);
  const note = noted.note;
  const size = Number(checkpoint.size);
  const told = {
    keyFrom,
    verifierKey: keyLine,
    origin: checkpoint.origin,
    size,
    root: Buffer.from(checkpoint.root).toString('hex'),
    kind: note?.kind ?? 'whole',
  } as const;
  const found = note?.kind === 'filtered' ? await checkFiltered(source, head.value, note) : await checkWhole(source, head.value);
  const proofs = await checkProofs(source, head.value);
  const faults = [...head.value.faults, ...noted.faults, ...found.faults, ...proofs.faults];
  const extended = since !== undefined && faults.length === 0 ? Number(since.size) : null;
  return {
    ...told,
    ok: faults.length === 0,
    faults,
    matched: found.matched,
    checked: { ...found.checked, proofs: proofs.proofs },
    extends: extended,
  };
}

const emptyVerdict = {
  ok: false,
  origin: null,
  size: 0,
  root: null,
  kind: 'whole',
  matched: null,
  verifierKey: null,
  checked: { entries: 0, tiles: 0, proofs: 0, views: 0 },
  extends: null,
} as const;

type Found = {
  readonly faults: readonly BundleFault[];
  readonly matched: number | null;
  readonly checked: { readonly entries: number; readonly tiles: number; readonly views: number };
};

async function checkWhole(source: BundleSource, head: BundleHead): Promise<Found> {
  const views = checkViews(source, false);
  const tree = await checkTree({ source, head, hasEntries: true, onLeaves: views.count === 0 ? undefined : views.add });
  // what follows from a broken log cannot be told from a broken view
  const viewed = tree.faults.length === 0 ? await views.finish() : { faults: [], views: 0 };
  return {
    faults: [...tree.faults, ...viewed.faults],
    matched: null,
    checked: { entries: tree.entries, tiles: tree.tiles, views: viewed.views },
  };
}

/** The tiles show the whole tree; each row must have the hash that stands at its index, and fit the filter. */
async function checkFiltered(source: BundleSource, head: BundleHead, note: ExportNote): Promise<Found> {
  const views = checkViews(source, true);
  const rows = await checkRows(source, note, views.add);
  const tree = await checkTree({ source, head, hasEntries: false, onLeaves: rows.meet });
  const { faults, matched } = rows.finish();
  const clean = tree.faults.length === 0 && faults.length === 0;
  const viewed = clean ? await views.finish() : { faults: [], views: 0 };
  const checked = { entries: matched, tiles: tree.tiles, views: viewed.views };
  return { faults: [...tree.faults, ...faults, ...viewed.faults], matched, checked };
}

async function openNote(
  source: BundleSource,
  { checkpoint }: BundleHead,
): Promise<{ readonly note: ExportNote | undefined; readonly faults: readonly BundleFault[] }> {
  const bytes = await source.read(notePath);
  if (bytes === undefined) return { note: undefined, faults: [] };
  const note = readExportNote(bytes);
  const fault = (code: 'bundle.note_malformed' | 'bundle.note_mismatch'): BundleFault => ({ code, index: null, path: notePath });
  if (note === undefined) return { note, faults: [fault('bundle.note_malformed')] };
  const fits =
    note.origin === checkpoint.origin && BigInt(note.size) === checkpoint.size && isNarrow(note.filter) === (note.kind === 'filtered');
  const whole = note.kind === 'filtered' || note.matched === note.size;
  return { note, faults: fits && whole ? [] : [fault('bundle.note_mismatch')] };
}
