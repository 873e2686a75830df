import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { treeManifestSchema } from '@lib/contract';
import { readSealedFolder, type SealedFolder } from './read-sealed-folder.ts';
import { sealFolder, type SealFolderError, type SealFolderJob } from './seal-folder.ts';

let root = '';
let folder = '';
let target = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'seal-'));
  folder = join(root, 'source');
  target = join(root, 'tree');
  mkdirSync(folder);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const put = (path: string, text: string | Buffer): void => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
};
async function sealed(more: Partial<SealFolderJob> = {}): Promise<SealedFolder> {
  const result = await sealFolder({ source: folder, target, ...more });
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}
async function refused(more: Partial<SealFolderJob> = {}): Promise<SealFolderError> {
  const result = await sealFolder({ source: folder, target, ...more });
  if (result.ok) throw new Error('was sealed');
  return result.error;
}
const manifestOf = (tree: SealedFolder) =>
  treeManifestSchema.parse(JSON.parse(readFileSync(join(tree.directory, 'manifest.json'), 'utf8')));
const pathsOf = (tree: SealedFolder): readonly string[] => manifestOf(tree).files.map((file) => file.path);
const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
const blob = (tree: SealedFolder, digest: string): Buffer => readFileSync(join(tree.directory, 'blobs', digest.slice(0, 2), digest));

describe('sealFolder', () => {
  it('every_file_is_stored_byte_for_byte_under_its_own_digest_and_the_tree_is_named_by_its_manifest', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128]);
    put('a/b/c.bin', bytes);
    put('z.ts', 'x');
    put('ä/ü.ts', 'x');
    const tree = await sealed();
    expect(pathsOf(tree)).toEqual(['a/b/c.bin', 'z.ts', 'ä/ü.ts']);
    expect(blob(tree, sha256(bytes))).toEqual(bytes);
    expect(tree).toMatchObject({ files: 3, bytes: 7, coverage: [], coverageCounts: {} });
    expect(tree.sha256).toBe(sha256(readFileSync(join(target, 'manifest.json'))));
  });

  it('the_same_bytes_make_the_same_tree_whatever_the_order_of_creation', async () => {
    put('b', '1');
    put('a', '2');
    const first = await sealed();
    folder = join(root, 'again');
    target = join(root, 'tree-again');
    mkdirSync(folder);
    put('a', '2');
    put('b', '1');
    expect((await sealed()).sha256).toBe(first.sha256);
  });

  it('an_empty_folder_is_a_tree_of_no_files', async () => {
    expect(await sealed()).toMatchObject({ files: 0, bytes: 0 });
  });

  it('links_are_dropped_and_never_followed_loops_and_links_out_included', async () => {
    put('a/file.ts', 'x');
    symlinkSync('..', join(folder, 'a', 'up'));
    symlinkSync('/etc/passwd', join(folder, 'passwd'));
    symlinkSync('/etc', join(folder, 'etc'));
    symlinkSync('loop', join(folder, 'loop'));
    const tree = await sealed();
    expect(pathsOf(tree)).toEqual(['a/file.ts']);
    expect(tree.coverageCounts).toEqual({ symlink_dropped: 4 });
  });

  it('a_fifo_a_socket_and_a_device_are_dropped_without_waiting_for_them', async () => {
    put('file.ts', 'x');
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    const server = createServer().listen(join(folder, 'socket'));
    await once(server, 'listening');
    try {
      const tree = await sealed();
      expect(pathsOf(tree)).toEqual(['file.ts']);
      expect(tree.coverageCounts).toEqual({ special_file_dropped: 2 });
    } finally {
      server.close();
    }
  });

  it('history_and_installed_packages_are_left_out_and_counted_a_git_file_too', async () => {
    put('.git/config', '[core]\n\tfsmonitor = touch /tmp/never');
    put('packages/a/node_modules/x/index.js', 'x');
    put('.venv/lib.py', 'x');
    put('sub/.git', 'gitdir: ../elsewhere');
    put('.gitignore', 'x');
    const tree = await sealed();
    expect(pathsOf(tree)).toEqual(['.gitignore']);
    expect(tree.coverageCounts).toEqual({ left_out: 4 });
  });

  it('names_that_are_not_utf8_are_refused_and_a_newline_or_escape_in_a_name_is_kept_as_it_is', async () => {
    const prefix = Buffer.from(`${folder}/`);
    writeFileSync(Buffer.concat([prefix, Buffer.from([0x66, 0xff, 0xfe])]), 'x');
    put('new\nline\u001b[31m.ts', 'x');
    const tree = await sealed();
    expect(pathsOf(tree)).toEqual(['new\nline\u001b[31m.ts']);
    expect(tree.coverageCounts).toEqual({ path_refused: 1 });
  });

  it('folders_deeper_than_the_limit_are_refused_and_those_above_are_kept', async () => {
    const segments = Array.from({ length: 70 }, (_, index) => `d${String(index)}`);
    put(join(...segments.slice(0, 63), 'in.ts'), 'x');
    put(join(...segments, 'out.ts'), 'x');
    const tree = await sealed();
    expect(pathsOf(tree)).toEqual([join(...segments.slice(0, 63), 'in.ts')]);
    expect(tree.coverageCounts).toEqual({ path_refused: 1 });
  });

  it('a_path_longer_than_the_limit_is_refused_even_beyond_what_the_system_can_name', async () => {
    // deeper than PATH_MAX: made by changing target each folder
    execFileSync('python3', [
      '-c',
      'import os, sys\nos.chdir(sys.argv[1])\nfor i in range(30):\n  os.mkdir("n" * 200)\n  os.chdir("n" * 200)\nopen("f", "w").write("x")',
      folder,
    ]);
    put('short.ts', 'x');
    const tree = await sealed();
    expect(pathsOf(tree)).toEqual(['short.ts']);
    expect(tree.coverageCounts).toEqual({ path_refused: 1 });
  });

  it('a_sparse_gigabyte_is_listed_as_too_large_and_not_read', async () => {
    put('huge.bin', '');
    truncateSync(join(folder, 'huge.bin'), 1024 ** 3);
    const tree = await sealed();
    expect(tree).toMatchObject({ files: 0, bytes: 0, coverageCounts: { too_large: 1 } });
    expect(readdirSync(join(target, 'blobs'))).toEqual([]);
  });

  it('a_file_exactly_at_the_limit_is_stored_and_one_byte_more_is_not', async () => {
    put('at', Buffer.alloc(1000));
    put('over', Buffer.alloc(1001));
    const tree = await sealed({ limits: { storedFileBytesMax: 1000 } });
    expect(pathsOf(tree)).toEqual(['at']);
    expect(tree.coverageCounts).toEqual({ too_large: 1 });
  });

  it('files_that_grow_and_vanish_meanwhile_do_not_break_the_seal', async () => {
    for (let index = 0; index < 3000; index++) put(`f${String(index)}.ts`, 'x'.repeat(100));
    const sealing = sealed();
    for (let index = 0; index < 3000; index += 3) {
      unlinkSync(join(folder, `f${String(index)}.ts`));
      appendFileSync(join(folder, `f${String(index + 1)}.ts`), 'grown');
      if (index % 300 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const tree = await sealing;
    expect(tree.files).toBeGreaterThanOrEqual(2000);
    for (const file of manifestOf(tree).files) expect(sha256(blob(tree, file.sha256))).toBe(file.sha256);
  });

  it('too_many_files_too_many_entries_and_too_many_bytes_each_have_their_own_error', async () => {
    for (let index = 0; index < 30; index++) put(`f${String(index)}`, `content ${String(index)}`);
    expect(await refused({ limits: { treeFilesMax: 20 } })).toEqual({ code: 'ingest.too_many_files', filesMax: 20 });
    target = join(root, 'second');
    expect(await refused({ limits: { treeBytesMax: 100 } })).toEqual({ code: 'ingest.tree_too_large', bytesMax: 100 });
    target = join(root, 'third');
    expect(await refused({ limits: { treeEntriesMax: 10 } })).toMatchObject({ code: 'ingest.too_many_files' });
  });

  it('a_missing_folder_and_a_file_in_its_place_are_told_apart', async () => {
    put('file', 'x');
    expect(await refused({ source: join(root, 'nowhere') })).toEqual({ code: 'ingest.folder_missing' });
    expect(await refused({ source: join(folder, 'file') })).toEqual({ code: 'ingest.not_a_folder' });
    expect(await refused({ source: join(folder, 'file', 'below') })).toEqual({ code: 'ingest.not_a_folder' });
  });

  it('what_may_not_be_read_is_listed_and_a_closed_folder_is_an_error', async () => {
    put('open.ts', 'x');
    put('closed.ts', 'x');
    put('closed/inner.ts', 'x');
    const tree = await asOrdinaryUser(() => {
      chmodSync(join(folder, 'closed.ts'), 0);
      chmodSync(join(folder, 'closed'), 0);
      return sealed();
    });
    expect(pathsOf(tree)).toEqual(['open.ts']);
    expect(tree.coverageCounts).toEqual({ unreadable: 2 });
    target = join(root, 'second');
    const error = await asOrdinaryUser(() => {
      chmodSync(folder, 0);
      return refused();
    });
    for (const closed of [folder, join(folder, 'closed')]) chmodSync(closed, 0o700); // or who is not root cannot clear them away
    expect(error).toEqual({ code: 'ingest.folder_unreadable' });
  });

  it('a_full_disk_is_an_error_of_its_own', async () => {
    if (process.getuid?.() !== 0) return; // needs a mount of its own
    const small = join(root, 'small');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]);
    try {
      put('a.bin', Buffer.alloc(200_000, 1));
      target = join(small, 'tree');
      expect(await refused()).toEqual({ code: 'ingest.disk_full' });
    } finally {
      execFileSync('umount', [small]);
    }
  });

  it('a_sealed_tree_tells_later_what_was_left_out_of_it', async () => {
    put('a.ts', 'x');
    symlinkSync('a.ts', join(folder, 'b.ts'));
    const tree = await sealed();
    expect(await readSealedFolder(target)).toEqual(tree);
  });

  it('a_cancelled_seal_stops_and_says_so', async () => {
    put('a', 'x');
    expect(await refused({ signal: AbortSignal.abort() })).toEqual({ code: 'ingest.cancelled' });
  });

  it('the_tree_is_closed_to_other_users_at_its_top_and_open_below_whatever_the_umask', async () => {
    put('a/b.ts', 'x');
    const before = process.umask(0o077);
    try {
      const tree = await sealed();
      const mode = (path: string): string => execFileSync('stat', ['-c', '%a', path], { encoding: 'utf8' }).trim();
      const digest = sha256('x');
      expect([
        mode(tree.directory),
        mode(join(target, 'blobs', digest.slice(0, 2))),
        mode(join(target, 'blobs', digest.slice(0, 2), digest)),
        mode(join(target, 'manifest.json')),
      ]).toEqual(['700', '755', '644', '644']);
    } finally {
      process.umask(before);
    }
  });
});

// A superuser may read everything, so the superuser's tests step down for a moment.
async function asOrdinaryUser<T>(action: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return action();
  for (const path of [root, folder, ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))]) {
    chownSync(path, 1234, 1234);
  }
  process.seteuid?.(1234);
  try {
    return await action();
  } finally {
    process.seteuid?.(0);
  }
}
