import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AuditLeafView } from '@lib/contract';
import {
  formatCheckpoint,
  formatVerifierKey,
  leafHash as engineLeafHash,
  merkleRoot,
  signNote,
  verifierKey,
  type NoteSigner,
} from '@lib/engine/tlog';
import { checkLog, compareHead, type KeptCheckpoint, type LogSource } from './check-log.ts';
import { recallCheckpoint, rememberCheckpoint } from './kept-checkpoint.ts';

// The browser's own implementation against logs that the engine makes: two programs that must agree on every byte.
function signerOf(name: string): NoteSigner {
  const pair = generateKeyPairSync('ed25519');
  return { key: verifierKey(name, pair.publicKey), sign: (message) => Promise.resolve(sign(null, message, pair.privateKey)) };
}
const signer = signerOf('audit.test/t/a');
const entriesOf = (count: number, word = 'event'): readonly string[] =>
  Array.from({ length: count }, (_, n) => `{"n":${String(n)},"text":"${word} ünïcode ${String(n * 7)}"}`);
const leavesOf = (entries: readonly string[]): AuditLeafView[] =>
  entries.map((entry, index) => ({ index, entry, leafHash: Buffer.from(engineLeafHash(Buffer.from(entry))).toString('hex') }));

async function headOf(entries: readonly string[], by = signer): Promise<KeptCheckpoint> {
  const root = merkleRoot(entries.map((entry) => engineLeafHash(Buffer.from(entry))));
  const text = formatCheckpoint({ origin: by.key.name, size: BigInt(entries.length), root });
  return { checkpoint: await signNote(text, by), verifierKey: formatVerifierKey(by.key) };
}
const sourceOf = (leaves: readonly AuditLeafView[], page = 100): LogSource => ({
  readPage: (from) => Promise.resolve(leaves.slice(from, from + page)),
  onProgress: () => undefined,
});
const check = async (entries: readonly string[], kept: readonly KeptCheckpoint[] = [], leaves = leavesOf(entries)) =>
  checkLog({ head: await headOf(entries), kept }, sourceOf(leaves));

describe('a check in the browser', () => {
  it.each([1, 2, 3, 7, 8, 99, 100, 101, 255, 256, 257, 1_000])('of_a_log_of_%s_entries_agrees_with_the_engine', async (count) => {
    const entries = entriesOf(count);
    const verdict = await check(entries);
    const root = Buffer.from(merkleRoot(entries.map((entry) => engineLeafHash(Buffer.from(entry))))).toString('hex');
    expect(verdict).toEqual({ ok: true, size: count, root, extends: [] });
  });

  it('shows_that_the_log_extends_every_checkpoint_that_was_kept', async () => {
    const entries = entriesOf(300);
    for (const sizes of [[1], [100, 299], [256], [300]]) {
      const kept = await Promise.all(sizes.map((size) => headOf(entries.slice(0, size))));
      expect(await check(entries, kept)).toMatchObject({ ok: true, extends: sizes });
    }
  });

  it('tells_how_far_it_is', async () => {
    const told: number[] = [];
    const entries = entriesOf(250);
    await checkLog({ head: await headOf(entries), kept: [] }, { ...sourceOf(leavesOf(entries)), onProgress: (done) => told.push(done) });
    expect(told).toEqual([100, 200, 250]);
  });
});

describe('a log that is not what it was', () => {
  const entries = entriesOf(300);
  const other = [...entries.slice(0, 50), '{"forged":true}', ...entries.slice(51)];
  const swapped = leavesOf(entries).map((leaf) => (leaf.index === 7 ? { ...leaf, entry: `${leaf.entry} ` } : leaf));
  const together = leavesOf(other);
  const dropped = leavesOf(entries).filter(({ index }) => index !== 120);
  const kept = () => headOf(entries.slice(0, 100));

  it.each([
    ['an entry that was changed', swapped, { code: 'entry_altered', index: 7 }],
    ['an entry that was dropped', dropped, { code: 'entry_missing', index: 120 }],
    ['an end that was cut off', leavesOf(entries).slice(0, 290), { code: 'entry_missing', index: 290 }],
    ['an entry that was changed with its hash', together, { code: 'root_mismatch', index: null }],
  ])('%s is named', async (_name, leaves, wrong) => {
    expect(await check(entries, [], leaves)).toEqual({ ok: false, ...wrong });
  });

  it('and_was_put_back_is_seen_without_reading_it', async () => {
    const question = { head: await headOf(entries.slice(0, 90)), kept: [await kept()] };
    expect(await compareHead(question)).toEqual({ ok: false, code: 'rolled_back', index: null });
    expect(await compareHead({ ...question, head: { ...question.head, checkpoint: '' } })).toMatchObject({ code: 'rolled_back' });
  });

  it('and_has_another_root_at_the_size_that_was_kept_is_a_split_view', async () => {
    expect(await compareHead({ head: await headOf(other.slice(0, 100)), kept: [await kept()] })).toMatchObject({ code: 'split_view' });
  });

  it('and_was_rewritten_and_signed_again_is_forked', async () => {
    const head = await headOf(other);
    expect(await compareHead({ head, kept: [await kept()] })).toMatchObject({ ok: true }); // a glance does not show it
    expect(await checkLog({ head, kept: [await kept()] }, sourceOf(leavesOf(other)))).toMatchObject({ code: 'forked' });
  });

  it('and_is_signed_by_another_key_is_refused', async () => {
    const head = await headOf(entries, signerOf('audit.test/t/a'));
    expect(await compareHead({ head, kept: [await kept()] })).toMatchObject({ code: 'key_changed' });
    expect(await compareHead({ head: { ...head, verifierKey: (await kept()).verifierKey }, kept: [] })).toMatchObject({
      code: 'signature_invalid',
    });
  });

  it('and_is_another_log_or_no_checkpoint_is_refused', async () => {
    const foreign = await headOf(entries, signerOf('audit.test/t/b'));
    const own = await kept();
    expect(await compareHead({ head: { ...foreign, verifierKey: own.verifierKey }, kept: [] })).toMatchObject({ code: 'other_log' });
    for (const checkpoint of ['', 'x', own.checkpoint.replace('\n\n', '\n'), own.checkpoint.replace('\n100\n', '\n0100\n')])
      expect(await compareHead({ head: { ...own, checkpoint }, kept: [] })).toMatchObject({ code: 'checkpoint_malformed' });
    for (const key of ['', own.verifierKey.replace(/[0-9a-f]{8}/u, '00000000')])
      expect(await compareHead({ head: { ...own, verifierKey: key }, kept: [] })).toMatchObject({ code: 'key_malformed' });
  });

  it('and_has_a_signature_that_is_written_in_another_way_is_refused', async () => {
    const { checkpoint, verifierKey: key } = await kept();
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const last = checkpoint.lastIndexOf('=') - 1; // its two lowest bits mean nothing, and are zero
    const other = digits[digits.indexOf(checkpoint[last] ?? '') + 1] ?? '';
    const rewritten = checkpoint.slice(0, last) + other + checkpoint.slice(last + 1);
    expect(atob(rewritten.trim().split(' ').at(-1) ?? '')).toBe(atob(checkpoint.trim().split(' ').at(-1) ?? ''));
    expect(await compareHead({ head: { checkpoint: rewritten, verifierKey: key }, kept: [] })).toMatchObject({ code: 'signature_invalid' });
  });

  it('in_any_flipped_character_of_the_checkpoint_is_refused', async () => {
    const { checkpoint, verifierKey: key } = await kept();
    for (let at = 0; at < checkpoint.length - 1; at += 1) {
      const flipped = checkpoint.slice(0, at) + (checkpoint[at] === 'A' ? 'B' : 'A') + checkpoint.slice(at + 1);
      const verdict = await compareHead({ head: { checkpoint: flipped, verifierKey: key }, kept: [] });
      expect([at, verdict.ok]).toEqual([at, false]);
    }
  });
});

describe('what a browser remembers', () => {
  it('comes_back_and_what_somebody_else_wrote_there_does_not', () => {
    const items = new Map<string, string>();
    const storage = {
      getItem: (name: string) => items.get(name) ?? null,
      setItem: (name: string, value: string) => void items.set(name, value),
    };
    const kept = { checkpoint: 'c', verifierKey: 'k', keptAt: '2026-01-02T03:04:05.678Z' };
    rememberCheckpoint(storage, 't', kept);
    expect(recallCheckpoint(storage, 't')).toEqual(kept);
    expect(recallCheckpoint(storage, 'other')).toBeUndefined();
    for (const text of ['', '{', '{"checkpoint":1}']) {
      items.set('aegis.audit.t', text);
      expect(recallCheckpoint(storage, 't')).toBeUndefined();
    }
  });

  it('is_nothing_where_nothing_can_be_kept', () => {
    const full = {
      setItem: () => {
        throw new DOMException('full', 'QuotaExceededError');
      },
    };
    expect(() => rememberCheckpoint(full, 't', { checkpoint: '', verifierKey: '', keptAt: '' })).not.toThrow();
  });
});
