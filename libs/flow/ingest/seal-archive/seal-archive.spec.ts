import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits, treeFactsFile, treeFactsSchema, type ArchiveFormat } from '@lib/contract';
import { localSandbox, noLayers, type SupervisedEnding, type Unpacker } from '@lib/platform/sandbox';
import { testFolder, testRuntime } from '../../../../sandbox/escape/test-runtime.ts';
import { packed, tarOf } from '../../../../sandbox/unpack/testing/build-tar.ts';
import { zipOf } from '../../../../sandbox/unpack/testing/build-zip.ts';
import type { Piece } from '../../../../sandbox/unpack/testing/piece.ts';
import { sealFolder } from '../seal-folder/seal-folder.ts';
import { sealArchive, type SealArchiveJob } from './seal-archive.ts';

const folder = testFolder();
let unpacker: Unpacker;
beforeAll(async () => {
  const runtimeDirectory = await testRuntime(folder.path, 'misbehaving-runner.ts');
  unpacker = localSandbox({ runtimeDirectory, stageInto: [join(folder.path, 'staged')] });
}, 120_000);
afterAll(() => folder.remove());

let count = 0;
function place(bytes: Buffer): { readonly file: string; readonly target: string } {
  count += 1;
  const file = join(folder.path, `archive-${String(count)}`);
  writeFileSync(file, bytes);
  return { file, target: join(folder.path, `tree-${String(count)}`) };
}
const bytesOf = (pieces: readonly Piece[], format: ArchiveFormat): Buffer =>
  format === 'zip' ? zipOf(pieces) : packed(tarOf(pieces), format);
const seal = (pieces: readonly Piece[], format: ArchiveFormat = 'tar.gz', more: Partial<SealArchiveJob> = {}) =>
  sealArchive(unpacker, { ...place(bytesOf(pieces, format)), ...more });

const files: readonly Piece[] = [
  { name: 'shop/README.md', body: '# shop' },
  { name: 'shop/src/größe.ts', body: 'export const a = 1;' },
  { name: 'shop/src/same.ts', body: '# shop' },
  { name: 'shop/empty', body: '' },
  { name: 'shop/large.bin', body: Buffer.alloc(3_000_000, 7) },
];

describe('sealArchive, behind the walls', () => {
  it.each(['tar', 'tar.gz', 'tar.zst', 'zip'] as const)('a_%s_becomes_the_very_tree_that_the_folder_in_it_becomes', async (format) => {
    const source = join(folder.path, `source-${format}`);
    mkdirSync(join(source, 'src'), { recursive: true });
    for (const { name, body = '' } of files) writeFileSync(join(source, String(name).slice('shop/'.length)), body);
    const asFolder = await sealFolder({ source, target: join(folder.path, `folder-tree-${format}`) });
    const asArchive = await seal([...files, { name: 'shop/link', kind: 'symlink', link: '/etc/passwd' }], format);
    if (!asFolder.ok || !asArchive.ok) throw new Error(JSON.stringify([asFolder, asArchive]));
    expect(asArchive.value).toMatchObject({ sha256: asFolder.value.sha256, files: 5, bytes: asFolder.value.bytes });
    expect(asArchive.value.coverage).toEqual([{ path: 'link', reason: 'symlink_dropped' }]);
    const facts = treeFactsSchema.parse(JSON.parse(readFileSync(join(asArchive.value.directory, treeFactsFile), 'utf8')));
    expect(facts).toMatchObject({ sha256: asFolder.value.sha256, coverageCounts: { symlink_dropped: 1 } });
  });

  it('a_hostile_archive_is_refused_with_its_code_and_the_entry_it_was_refused_for', async () => {
    const refused = await seal([...files, { name: 'shop/../../../../etc/cron.d/evil', body: 'x' }]);
    expect(refused).toEqual({ ok: false, error: { code: 'ingest.archive_path_traversal', path: 'shop/../../../../etc/cron.d/evil' } });
    expect(existsSync('/etc/cron.d/evil')).toBe(false);
  });

  it('a_target_that_other_users_cannot_reach_is_filled_all_the_same', async () => {
    const home = join(folder.path, 'home');
    mkdirSync(home);
    chmodSync(home, 0o700);
    const sealed = await seal(files, 'tar.gz', { target: join(home, 'tree') });
    expect(sealed).toMatchObject({ ok: true, value: { files: 5 } });
    expect(existsSync(join(home, 'tree', 'manifest.json'))).toBe(true);
  });

  it('a_cancelled_one_says_so', async () => {
    expect(await seal(files, 'tar.gz', { signal: AbortSignal.abort() })).toMatchObject({ error: { code: 'ingest.cancelled' } });
  });
});

describe('sealArchive, before anything runs', () => {
  const never: Unpacker = { unpack: () => Promise.reject(new Error('must not run')) };

  it('what_is_not_there_or_no_file_or_a_link_is_missing', async () => {
    const { file, target } = place(Buffer.alloc(0));
    symlinkSync(file, `${file}-link`);
    for (const odd of [`${file}-absent`, folder.path, `${file}-link`, `${file}/below`]) {
      expect(await sealArchive(never, { file: odd, target })).toEqual({ ok: false, error: { code: 'ingest.archive_missing' } });
    }
    expect(existsSync(target)).toBe(false);
  });

  it('what_is_too_large_is_not_opened', async () => {
    const job = place(Buffer.alloc(0));
    truncateSync(job.file, limits.archiveBytesMax + 1); // sparse
    expect(await sealArchive(never, job)).toEqual({ ok: false, error: { code: 'ingest.archive_too_large' } });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('hello')],
    ['bzip2', Buffer.from('BZh91AY&SY')],
    ['7z', Buffer.from('7z\u00bc\u00af\u0027\u001c', 'latin1')],
    ['a program', Buffer.concat([Buffer.from('\u007fELF'), Buffer.alloc(600, 1)])],
  ])('%s_is_no_archive', async (_, bytes) => {
    expect(await sealArchive(never, place(bytes))).toEqual({ ok: false, error: { code: 'ingest.archive_format_unknown' } });
  });
});

describe('sealArchive, when the unpacker ends badly', () => {
  const endsWith = (ending: SupervisedEnding): Unpacker => ({
    unpack: () => Promise.resolve({ ok: true, value: { ending, detail: '', layers: noLayers, stderrBytes: 0 } }),
  });

  it.each([
    ['timed_out', 'ingest.archive_timed_out'],
    ['cancelled', 'ingest.cancelled'],
    ['crashed', 'ingest.archive_unpacker_failed'],
    ['protocol_error', 'ingest.archive_unpacker_failed'],
    ['escape_attempt', 'ingest.archive_unpacker_escaped'],
    ['finished', 'ingest.archive_unpacker_failed'], // without having sealed anything
  ] as const)('%s is told as %s', async (ending, code) => {
    expect(await sealArchive(endsWith(ending), place(packed(tarOf(files), 'tar.gz')))).toEqual({ ok: false, error: { code } });
  });

  it('walls_that_are_missing_are_told', async () => {
    const refusing: Unpacker = { unpack: () => Promise.resolve({ ok: false, error: { code: 'sandbox.layers_missing', missing: ['x'] } }) };
    expect(await sealArchive(refusing, place(packed(tarOf(files), 'tar.gz')))).toMatchObject({ error: { code: 'sandbox.layers_missing' } });
  });
});
