import { formatCheckpoint, leafHash, signNote, tileWriter } from '@lib/engine/tlog';
import type { ReaderKnows } from '../../libs/flow/export/bundle/check-head.ts';
import { generateKeyPairSync } from 'node:crypto';
import { encodeEntries, splitBundle } from './edit-bundle.ts';
import { sampleBundle, sampleEntry, sampleLog, signerOf, type SampleBundle, type SampleLog } from './sample-bundle.ts';

/** What is handed to a reader, what that reader knows from elsewhere, and what they must be told. */
export type Attack = {
  readonly name: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly reader: ReaderKnows;
  /** The first fault; null: nothing can be found, and why not is in the name. */
  readonly expects: { readonly code: string; readonly index: number | null } | null;
};

const size = 600;
const bundleOne = 'tile/entries/001'; // entries 256 to 511

/** Every attack of the list, made anew. The first and the last are controls: nothing was attacked, or nothing can be known. */
export async function makeAttacks(): Promise<readonly Attack[]> {
  const pair = generateKeyPairSync('ed25519');
  const log = sampleLog(size + 100, 'a', pair);
  const honest = await sampleBundle(log, { size, proofs: [0, 300] });
  const reader = { key: honest.key };
  return [
    { name: 'control: an untouched bundle', files: honest.files, reader, expects: null },
    ...onEntries(honest, reader),
    ...onTree(honest, reader),
    ...(await onHead(log, honest)),
    ...(await onHistory(log, honest)),
    ...onProofsAndViews(honest, reader),
  ];
}

function onEntries(honest: SampleBundle, reader: ReaderKnows): readonly Attack[] {
  const entries = splitBundle(honest.files.get(bundleOne));
  const [a, b] = [entry(entries, 44), entry(entries, 45)];
  const edited = Buffer.from(Buffer.from(a).toString().replace('"count":300', '"count":301'));
  const withBundle = (changed: readonly Uint8Array[]) => new Map(honest.files).set(bundleOne, encodeEntries(changed));
  const cut = honest.files.get(bundleOne) ?? new Uint8Array(0);
  const missing = new Map(honest.files);
  missing.delete('tile/entries/002.p/88');
  return [
    attack('an entry edited', withBundle(entries.with(44, edited)), reader, ['bundle.entry_altered', 300]),
    attack('an entry dropped', withBundle(entries.toSpliced(44, 1)), reader, ['bundle.entry_missing', 300]),
    attack('two entries swapped', withBundle(entries.with(44, b).with(45, a)), reader, ['bundle.entry_misplaced', 300]),
    attack('an entry duplicated over its neighbour', withBundle(entries.with(45, a)), reader, ['bundle.entry_misplaced', 301]),
    attack('an entry inserted twice', withBundle(entries.toSpliced(45, 0, a)), reader, ['bundle.entry_added', 301]),
    attack('a bundle cut in the middle of its last entry', new Map(honest.files).set(bundleOne, cut.subarray(0, -3)), reader, [
      'bundle.entry_missing',
      511,
    ]),
    attack('the last entries removed', missing, reader, ['bundle.file_missing', 512]),
  ];
}

function onTree(honest: SampleBundle, reader: ReaderKnows): readonly Attack[] {
  const tile = 'tile/0/001';
  const entries = splitBundle(honest.files.get(bundleOne));
  const forged = Buffer.from('{"forged":true}');
  const hashes = Buffer.from(honest.files.get(tile) ?? []);
  hashes.set(leafHash(forged), 44 * 32);
  const both = new Map(honest.files).set(bundleOne, encodeEntries(entries.with(44, forged))).set(tile, hashes);
  const tileOnly = new Map(honest.files).set(tile, hashes);
  const upper = Buffer.from(honest.files.get('tile/1/000.p/2') ?? []);
  upper.reverse();
  return [
    attack('a hash of a tile replaced', tileOnly, reader, ['bundle.tile_altered', 300]),
    attack('an entry and its hash replaced together', both, reader, ['bundle.root_mismatch', 256]),
    attack('a tile higher up replaced', new Map(honest.files).set('tile/1/000.p/2', upper), reader, ['bundle.tile_altered', 0]),
    attack('a tile cut', new Map(honest.files).set(tile, hashes.subarray(0, -32)), reader, ['bundle.tile_malformed', 256]),
  ];
}

async function onHead(log: SampleLog, honest: SampleBundle): Promise<readonly Attack[]> {
  const other = sampleLog(size, 'b');
  const theirs = await sampleBundle(other, { proofs: [0, 300] });
  const stranger = { ...log, signer: signerOf(log.signer.key.name, generateKeyPairSync('ed25519')) };
  const replaced = await sampleBundle({ ...stranger, entries: rewritten(log.entries) }, { size });
  const reader = { key: honest.key };
  const text = Buffer.from(honest.checkpoint).toString();
  const older = await sampleBundle(log, { size: 300 });
  return [
    attack(
      'the size in the checkpoint edited',
      new Map(honest.files).set('checkpoint', Buffer.from(text.replace('\n600\n', '\n599\n'))),
      reader,
      ['bundle.signature_invalid', null],
    ),
    attack(
      'the chain replaced whole by someone who holds the database and not the key, the old checkpoint kept',
      new Map(replaced.files)
        .set('checkpoint', Buffer.from(text))
        .set('log.vkey', Buffer.from(`${honest.key}\n`))
        .set('tlog-policy', honest.files.get('tlog-policy') ?? new Uint8Array(0)),
      reader,
      ['bundle.root_mismatch', null],
    ),
    attack('the chain replaced whole and signed with another key', replaced.files, reader, ['bundle.key_mismatch', null]),
    attack('the same, with the right key put beside it', new Map(replaced.files).set('log.vkey', Buffer.from(`${honest.key}\n`)), reader, [
      'bundle.other_log',
      null,
    ]),
    attack('the bundle of another tenant replayed', theirs.files, reader, ['bundle.key_mismatch', null]),
    attack(
      'the same, with the right key put beside it (tenant)',
      new Map(theirs.files).set('log.vkey', Buffer.from(`${honest.key}\n`)),
      reader,
      ['bundle.other_log', null],
    ),
    attack('an older checkpoint put before newer tiles', new Map(honest.files).set('checkpoint', Buffer.from(older.checkpoint)), reader, [
      'bundle.note_mismatch',
      null,
    ]),
    attack('no key at all', without(honest.files, 'log.vkey'), {}, ['bundle.key_missing', null]),
    attack('no checkpoint', without(honest.files, 'checkpoint'), reader, ['bundle.checkpoint_missing', null]),
  ];
}

// Whoever holds the signing key can sign another history: only a checkpoint that somebody kept shows it.
async function onHistory(log: SampleLog, honest: SampleBundle): Promise<readonly Attack[]> {
  const older = Buffer.from((await sampleBundle(log, { size: 400 })).checkpoint);
  const fork = { ...log, entries: rewritten(log.entries) };
  const [forked, rolled, longer] = [
    await sampleBundle(fork, { size }),
    await sampleBundle(log, { size: 500 }),
    await sampleBundle(fork, { size: 650 }),
  ];
  const reader = { key: honest.key };
  const theirCheckpoint = Buffer.from(forked.checkpoint);
  const signed = await signAlone(log, 123);
  return [
    attack('a forked tree, signed by the holder of the key', forked.files, { ...reader, since: older }, ['bundle.forked', 0]),
    attack('a forked tree that has grown since', longer.files, { ...reader, since: Buffer.from(honest.checkpoint) }, ['bundle.forked', 0]),
    attack('a rolled-back checkpoint', rolled.files, { ...reader, since: Buffer.from(honest.checkpoint) }, ['bundle.rolled_back', 500]),
    attack('a split view: two readers hold two heads of one size', honest.files, { ...reader, since: theirCheckpoint }, [
      'bundle.split_view',
      null,
    ]),
    attack('an older checkpoint of which the log never had the root', honest.files, { ...reader, since: signed }, ['bundle.forked', 0]),
    { name: 'limit: a history signed anew, shown to a reader who kept nothing, is not seen', files: forked.files, reader, expects: null },
  ];
}

function onProofsAndViews(honest: SampleBundle, reader: ReaderKnows): readonly Attack[] {
  const proof = (path: string): Uint8Array => honest.files.get(path) ?? new Uint8Array(0);
  const [first, middle] = ['proofs/0.tlog-proof', 'proofs/300.tlog-proof'];
  const renumbered = Buffer.from(Buffer.from(proof(middle)).toString().replace('index 300', 'index 301'));
  const csv = Buffer.from(honest.files.get('views/events.csv') ?? []).toString();
  const lines = Buffer.from(honest.files.get('views/events.jsonl') ?? []).toString();
  return [
    attack('the proof of another entry', new Map(honest.files).set(middle, proof(first)), reader, ['bundle.proof_invalid', 300]),
    attack('a proof with another index', new Map(honest.files).set(middle, renumbered), reader, ['bundle.proof_invalid', 300]),
    attack(
      'a row of the table edited',
      new Map(honest.files).set('views/events.csv', Buffer.from(csv.replace('request 300,', 'request 999,'))),
      reader,
      ['bundle.view_altered', 300],
    ),
    attack(
      'a line of the JSON Lines dropped',
      new Map(honest.files).set('views/events.jsonl', Buffer.from(lines.split('\n').toSpliced(300, 1).join('\n'))),
      reader,
      ['bundle.view_altered', 300],
    ),
  ];
}

function attack(
  ...[name, files, reader, [code, index]]: [
    name: string,
    files: ReadonlyMap<string, Uint8Array>,
    reader: ReaderKnows,
    fault: readonly [string, number | null],
  ]
): Attack {
  return { name, files, reader, expects: { code, index } };
}

function rewritten(entries: readonly Uint8Array[]): readonly Uint8Array[] {
  return entries.map((bytes, index) => (index === 10 ? sampleEntry(9_999) : bytes));
}

function entry(entries: readonly Uint8Array[], at: number): Uint8Array {
  const found = entries[at];
  if (found === undefined) throw new Error(`no entry at ${String(at)}`);
  return found;
}

function without(files: ReadonlyMap<string, Uint8Array>, path: string): ReadonlyMap<string, Uint8Array> {
  const fewer = new Map(files);
  fewer.delete(path);
  return fewer;
}

async function signAlone(log: SampleLog, smaller: number): Promise<Uint8Array> {
  const tree = tileWriter();
  tree.push(rewritten(log.entries.slice(0, smaller)).map(leafHash));
  const { size: of, root } = tree.finish();
  return Buffer.from(await signNote(formatCheckpoint({ origin: log.signer.key.name, size: of, root }), log.signer));
}
