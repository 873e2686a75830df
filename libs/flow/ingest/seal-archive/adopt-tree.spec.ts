import { createHash } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adoptTree } from './adopt-tree.ts';

let root = '';
let target = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'adopt-'));
  target = join(root, 'tree');
  mkdirSync(join(target, 'blobs'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const blobOf = (text: string): string => join(target, 'blobs', sha256(text).slice(0, 2), sha256(text));
type Line = { readonly path: string; readonly bytes: number; readonly sha256: string };
const line = (path: string, text: string): Line => ({ path, bytes: text.length, sha256: sha256(text) });
const list = (files: readonly Line[]): void =>
  writeFileSync(join(target, 'manifest.json'), JSON.stringify({ v: 1, files }), { mode: 0o644 });
function store(text: string): void {
  mkdirSync(join(blobOf(text), '..'), { recursive: true });
  writeFileSync(blobOf(text), text, { mode: 0o644 });
}
function plain(): void {
  for (const text of ['one', 'two']) store(text);
  list([line('a', 'one'), line('b/c', 'two'), line('d', 'one')]);
}

describe('adoptTree', () => {
  it('a_tree_that_holds_what_its_manifest_says_is_taken_over', async () => {
    plain();
    expect(await adoptTree(target)).toMatchObject({ files: 3, bytes: 9 });
  });

  it('the_files_are_ours_afterwards', async () => {
    plain();
    await adoptTree(target);
    expect([statSync(blobOf('one')).uid, statSync(join(target, 'manifest.json')).uid]).toEqual([process.getuid?.(), process.getuid?.()]);
  });

  const bait = (): string => {
    writeFileSync(join(root, 'bait'), 'one');
    return join(root, 'bait');
  };
  const tricks: Readonly<Record<string, () => void>> = {
    'a blob that is a symbolic link': () => {
      rmSync(blobOf('one'));
      symlinkSync(bait(), blobOf('one'));
    },
    'a blob that is a hard link': () => {
      rmSync(blobOf('one'));
      linkSync(bait(), blobOf('one'));
    },
    'a blob that is a folder': () => {
      rmSync(blobOf('one'));
      mkdirSync(blobOf('one'), { mode: 0o755 });
    },
    'a blob of another size': () => writeFileSync(blobOf('one'), 'longer'),
    'a blob that may be run': () => chmodSync(blobOf('one'), 0o755),
    'a blob with a set-user-id bit': () => chmodSync(blobOf('one'), 0o4644),
    'a blob that others may write': () => chmodSync(blobOf('one'), 0o666),
    'a blob that is missing': () => rmSync(blobOf('one')),
    'a blob that nothing names': () => store('three'),
    'a blob in the wrong folder': () => {
      const other = join(target, 'blobs', sha256('two').slice(0, 2), sha256('one'));
      renameSync(blobOf('one'), other);
    },
    'a folder of blobs that is a link': () => {
      renameSync(join(blobOf('one'), '..'), join(root, 'elsewhere'));
      symlinkSync(join(root, 'elsewhere'), join(blobOf('one'), '..'));
    },
    'blobs that are a link': () => {
      renameSync(join(target, 'blobs'), join(root, 'elsewhere'));
      symlinkSync(join(root, 'elsewhere'), join(target, 'blobs'));
    },
    'a manifest that is a link': () => {
      renameSync(join(target, 'manifest.json'), join(root, 'elsewhere'));
      symlinkSync(join(root, 'elsewhere'), join(target, 'manifest.json'));
    },
    'no manifest': () => rmSync(join(target, 'manifest.json')),
    'a manifest that is no JSON': () => writeFileSync(join(target, 'manifest.json'), '{'),
    'a manifest with more in it': () => writeFileSync(join(target, 'manifest.json'), '{"v":1,"files":[],"x":1}'),
    'a manifest out of order': () => list([line('b', 'two'), line('a', 'one')]),
    'a path that is there twice': () => list([line('a', 'one'), line('a', 'two')]),
    'a size that is said in two ways': () => list([line('a', 'one'), { ...line('b', 'one'), bytes: 4 }, line('c', 'two')]),
    'facts of its own': () => writeFileSync(join(target, 'ingest.json'), '{}'),
    'something beside the blobs': () => writeFileSync(join(target, 'blobs', 'note'), 'x'),
  };

  it.each(Object.entries(tricks))('%s is refused', async (_, trick) => {
    plain();
    trick();
    expect(await adoptTree(target)).toBeUndefined();
  });
});
