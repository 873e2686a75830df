import { splitBundle } from './edit-bundle.ts';
import type { SampleBundle } from './sample-bundle.ts';

/** One flipped bit, and what must be said of it: one of the codes, at one index; null where no entry is at fault. */
export type Flip = {
  readonly path: string;
  readonly at: number;
  readonly bit: number;
  readonly codes: readonly string[];
  readonly index: number | null;
};

const entryCodes = ['bundle.entry_altered', 'bundle.entry_missing', 'bundle.entry_added'];
const headCodes = ['bundle.signature_invalid', 'bundle.checkpoint_malformed', 'bundle.other_log'];
const groups = ['entries', 'tiles', 'checkpoint', 'proofs', 'key'] as const;

/** That many flips, shared evenly among entries, tiles, checkpoint, proofs and key; the same seed gives the same ones. */
export function makeFlips(bundle: SampleBundle, count: number, seed = 1): readonly Flip[] {
  const random = generator(seed);
  const paths = [...bundle.files.keys()];
  const members = groups.map((group) => paths.filter((path) => groupOf(path) === group));
  return Array.from({ length: count }, (_, place) => {
    const among = members[place % groups.length] ?? [];
    const path = among[random(among.length)] ?? '';
    const at = random(bundle.files.get(path)?.length ?? 0);
    return { path, at, bit: random(8), ...expected(bundle, path, at) };
  });
}

/** The files with one bit of one file flipped. */
export function flipBit(files: ReadonlyMap<string, Uint8Array>, { path, at, bit }: Flip): Map<string, Uint8Array> {
  const changed = Buffer.from(files.get(path) ?? []);
  changed[at] = (changed[at] ?? 0) ^ (1 << bit);
  return new Map(files).set(path, changed);
}

function groupOf(path: string): (typeof groups)[number] | undefined {
  if (path.startsWith('tile/entries/')) return 'entries';
  if (path.startsWith('tile/')) return 'tiles';
  if (path.startsWith('proofs/')) return 'proofs';
  if (path === 'checkpoint') return 'checkpoint';
  return path === 'log.vkey' ? 'key' : undefined;
}

function expected(bundle: SampleBundle, path: string, at: number): Pick<Flip, 'codes' | 'index'> {
  switch (groupOf(path)) {
    case 'entries':
      return { codes: entryCodes, index: tileFirst(path) + entryAt(splitBundle(bundle.files.get(path)), at) };
    case 'tiles': {
      const level = Number(path.split('/')[1]);
      return {
        codes: ['bundle.tile_altered'],
        index: level === 0 ? tileFirst(path) + Math.floor(at / 32) : Math.floor(at / 32) * 256 ** level,
      };
    }
    case 'proofs':
      return { codes: ['bundle.proof_invalid'], index: Number(/\d+/u.exec(path)?.[0]) };
    case 'checkpoint':
      return { codes: headCodes, index: null };
    default:
      return { codes: ['bundle.key_mismatch'], index: null };
  }
}

function tileFirst(path: string): number {
  return Number(/\/(\d{3})(?:[.]p\/\d+)?$/u.exec(path)?.[1]) * 256;
}

// the entry that the byte belongs to, its length prefix included
function entryAt(entries: readonly Uint8Array[], at: number): number {
  let end = 0;
  return entries.findIndex((entry) => (end += entry.length + 2) > at);
}

// xorshift32: a test that fails must fail again
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
