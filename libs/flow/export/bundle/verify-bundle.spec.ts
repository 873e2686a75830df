import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sampleBundle, sampleLog } from '../../../../tools/tamper/sample-bundle.ts';
import { memorySource } from './bundle-source.ts';
import { openBundle } from './open-bundle.ts';
import { verifyBundle } from './verify-bundle.ts';

const folder = mkdtempSync(join(tmpdir(), 'aegis-bundle-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const log = sampleLog(5_000);
const valueOf = <T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};

describe('a whole bundle', () => {
  it.each([0, 1, 2, 255, 256, 257, 2_047, 2_048, 2_049, 5_000])('of_%i_entries_verifies', async (size) => {
    const bundle = await sampleBundle(log, { size, proofs: size > 2 ? [1, 2] : [] });
    const verdict = await verifyBundle(memorySource(bundle.files), { key: bundle.key });
    expect(verdict).toMatchObject({ ok: true, faults: [], size, kind: 'whole', keyFrom: 'reader', origin: 'audit.test/t/a' });
    expect(verdict.checked).toMatchObject({ entries: size, views: 4, proofs: size > 2 ? 3 : Math.min(size, 1) });
  });

  it('with_the_longest_entry_verifies', async () => {
    const long = { ...log, entries: [Buffer.alloc(65_535, 0x78), ...log.entries.slice(0, 3)] };
    expect(await verifyBundle(memorySource((await sampleBundle(long)).files))).toMatchObject({ ok: true, keyFrom: 'bundle' });
  });

  it('is_the_same_bytes_when_its_writer_is_taken_up_anew_after_every_group', async () => {
    const [one, other] = [await sampleBundle(log), await sampleBundle(log, {}, true)];
    expect(Buffer.compare(one.tar, other.tar)).toBe(0);
  });

  it('extends_each_checkpoint_that_was_kept', async () => {
    const bundle = await sampleBundle(log);
    for (const size of [1, 255, 256, 257, 4_096, 4_999, 5_000]) {
      const since = Buffer.from((await sampleBundle(log, { size, views: [] })).checkpoint);
      expect(await verifyBundle(memorySource(bundle.files), { since })).toMatchObject({ ok: true, extends: size });
    }
  });

  it('verifies_from_a_tar_and_from_a_folder_alike', async () => {
    const bundle = await sampleBundle(log, { size: 300 });
    const [tar, unpacked] = [join(folder, 'bundle.tar'), join(folder, 'unpacked')];
    writeFileSync(tar, bundle.tar);
    for (const [path, bytes] of bundle.files) {
      mkdirSync(dirname(join(unpacked, path)), { recursive: true });
      writeFileSync(join(unpacked, path), bytes);
    }
    for (const place of [tar, unpacked]) {
      const source = valueOf(await openBundle(place));
      expect((await verifyBundle(source)).faults).toEqual([]);
      await source.close();
    }
  });

  it('without_a_note_is_a_plain_log_of_tiles_and_verifies', async () => {
    const { files } = await sampleBundle(log, { size: 300 });
    for (const path of [...files.keys()]) if (!/^(?:tile[/]|checkpoint$|log[.]vkey$)/u.test(path)) files.delete(path);
    expect(await verifyBundle(memorySource(files))).toMatchObject({ ok: true, kind: 'whole' });
  });
});

describe('a filtered bundle', () => {
  const filter = { actions: ['token.created' as const] };

  it('proves_each_row_and_holds_no_other_entry', async () => {
    const { files } = await sampleBundle(log, { filter, views: ['csv', 'parquet'] });
    const verdict = await verifyBundle(memorySource(files));
    expect(verdict).toMatchObject({ ok: true, kind: 'filtered', matched: 1_000, checked: { entries: 1_000, views: 3 } });
    expect([...files.keys()].filter((path) => path.startsWith('tile/entries/'))).toEqual([]);
    expect(Buffer.from(files.get('views/events.jsonl') ?? []).toString()).not.toContain('finding.read');
  });

  it('of_nothing_verifies_and_says_so', async () => {
    const { files } = await sampleBundle(log, { filter: { actorId: 'nobody' } });
    expect(await verifyBundle(memorySource(files))).toMatchObject({ ok: true, kind: 'filtered', matched: 0 });
  });

  it('with_a_row_changed_dropped_moved_doubled_or_foreign_is_refused', async () => {
    const { files } = await sampleBundle(log, { filter, views: [] });
    const [jsonl, index] = ['views/events.jsonl', 'views/events.index'];
    const linesOf = (path: string) =>
      Buffer.from(files.get(path) ?? [])
        .toString()
        .trimEnd()
        .split('\n');
    const verdictOf = async (rows: readonly string[], indexes: readonly string[]) => {
      const changed = new Map(files).set(jsonl, Buffer.from(`${rows.join('\n')}\n`)).set(index, Buffer.from(`${indexes.join('\n')}\n`));
      return (await verifyBundle(memorySource(changed))).faults[0];
    };
    const [rows, indexes] = [linesOf(jsonl), linesOf(index)];
    const at = (list: readonly string[], place: number): string => list[place] ?? '';
    expect(await verdictOf(rows, indexes)).toBeUndefined();
    expect(await verdictOf(rows.with(3, at(rows, 3).replace('success', 'failure')), indexes)).toMatchObject({
      code: 'bundle.entry_altered',
      index: 16,
    });
    expect(await verdictOf(rows.toSpliced(3, 1), indexes.toSpliced(3, 1))).toMatchObject({ code: 'bundle.note_mismatch' });
    expect(await verdictOf(rows.toSpliced(3, 0, at(rows, 3)), indexes.toSpliced(3, 0, at(indexes, 3)))).toMatchObject({
      code: 'bundle.entry_misplaced',
      index: 16,
    });
    expect(await verdictOf(rows.with(3, at(rows, 4)).with(4, at(rows, 3)), indexes)).toMatchObject({
      code: 'bundle.entry_altered',
      index: 16,
    });
    expect(await verdictOf([...rows, at(rows, 0)], [...indexes, '99999'])).toMatchObject({ code: 'bundle.entry_added', index: 99_999 });
    expect(await verdictOf(rows, indexes.slice(0, -1))).toMatchObject({ code: 'bundle.entry_misplaced' });
  });
});

describe('opening a bundle', () => {
  it.each([
    ['nowhere', 'bundle.absent'],
    ['link', 'bundle.unreadable'],
    ['cut.tar', 'bundle.tar_malformed'],
    ['twice.tar', 'bundle.tar_malformed'],
    ['escaping.tar', 'bundle.tar_malformed'],
    ['text.tar', 'bundle.tar_malformed'],
  ])('%s_is_refused_with_%s', async (name, code) => {
    const { tar } = await sampleBundle(log, { size: 3 });
    const first = tar.subarray(0, 4_096);
    const escaping = Buffer.from(tar);
    escaping.write('../etc/x\0\0', 0, 'latin1');
    const contents = {
      'cut.tar': tar.subarray(0, tar.length - 2_048),
      'twice.tar': Buffer.concat([first, tar]),
      'escaping.tar': escaping,
      'text.tar': Buffer.alloc(600, 'x'),
    };
    for (const [file, bytes] of Object.entries(contents)) writeFileSync(join(folder, file), bytes);
    mkdirSync(join(folder, 'link'), { recursive: true });
    if (name === 'link') symlinkSync('/etc/passwd', join(folder, 'link', 'checkpoint'));
    expect(await openBundle(join(folder, name))).toMatchObject({ ok: false, error: { code } });
  });
});
