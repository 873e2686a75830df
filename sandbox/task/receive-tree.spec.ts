import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { treeArchive } from '@lib/contract';
import { packTree } from '../../libs/platform/sandbox/fargate/pack-tree.ts';
import { testFolder, testTree } from '../escape/test-runtime.ts';
import { fc } from '../../tools/testing/seeded-fast-check.ts';
import { receiveTree, type ArrivingTree } from './receive-tree.ts';

const folder = testFolder();
afterAll(() => folder.remove());

async function packed(
  files: Readonly<Record<string, string>>,
): Promise<{ readonly bytes: Buffer; readonly manifestSha256: string; readonly tree: string }> {
  const tree = testTree(folder.path, files);
  const { open, bytes, manifestSha256 } = await packTree(tree);
  const parts: Uint8Array[] = [];
  for await (const part of open()) parts.push(part);
  const whole = Buffer.concat(parts);
  expect(whole.byteLength).toBe(bytes);
  return { bytes: whole, manifestSha256, tree };
}

let made = 0;
async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}
function arriving(bytes: Uint8Array, manifestSha256: string, more: Partial<ArrivingTree> = {}): ArrivingTree {
  made += 1;
  return { source: inPieces(bytes, 7), bytes: bytes.byteLength, manifestSha256, directory: join(folder.path, `received-${made}`), ...more };
}
const contents = (directory: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(directory.length), readFileSync(path, 'latin1')]),
  );

describe('a tree on its way', () => {
  it('arrives_byte_for_byte_whatever_the_pieces', async () => {
    const anyFiles = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/u), fc.string({ maxLength: 60 }), { maxKeys: 6 });
    await fc.assert(
      fc.asyncProperty(anyFiles, fc.integer({ min: 1, max: 64 }), async (files, size) => {
        const { bytes, manifestSha256, tree } = await packed(files);
        const to = arriving(bytes, manifestSha256, { source: inPieces(bytes, size) });
        expect(await receiveTree(to)).toEqual({ ok: true, value: undefined });
        expect(contents(to.directory)).toEqual(contents(tree));
      }),
      { numRuns: 40 },
    );
  });

  it('one_byte_anywhere_that_is_another_is_found', async () => {
    const { bytes, manifestSha256 } = await packed({ 'a.ts': 'const a = 1;', 'b.ts': 'const b = 2;' });
    for (let at = 0; at < bytes.byteLength; at++) {
      const altered = Buffer.from(bytes);
      altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
      expect(await receiveTree(arriving(altered, manifestSha256))).toMatchObject({ ok: false, error: { code: 'task.tree_altered' } });
    }
  });

  it('one_that_ends_early_or_goes_on_is_found', async () => {
    const { bytes, manifestSha256 } = await packed({ 'a.ts': 'const a = 1;' });
    for (let length = 0; length < bytes.byteLength; length++) {
      expect((await receiveTree(arriving(bytes.subarray(0, length), manifestSha256))).ok).toBe(false);
    }
    const longer = Buffer.concat([bytes, Buffer.from('x')]);
    expect(await receiveTree(arriving(longer, manifestSha256))).toMatchObject({
      ok: false,
      error: { detail: 'more bytes than the manifest names' },
    });
  });

  it('no_more_is_taken_than_was_announced', async () => {
    const { bytes, manifestSha256 } = await packed({ 'a.ts': 'const a = 1;' });
    let taken = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(bytes);
      for (;;) {
        taken += 1;
        yield Buffer.alloc(1024);
      }
    }
    expect((await receiveTree(arriving(bytes, manifestSha256, { source: endless() }))).ok).toBe(false);
    expect(taken).toBe(1);
  });

  it('a_manifest_whose_digests_are_paths_is_refused_and_writes_nothing', async () => {
    const manifest = Buffer.from(JSON.stringify({ v: 1, files: [{ path: 'x', bytes: 1, sha256: '../../../x' }] }));
    const head = Buffer.alloc(treeArchive.headBytes);
    head.write(treeArchive.mark);
    head.writeBigUInt64BE(BigInt(manifest.byteLength), 8);
    const digest = createHash('sha256').update(manifest).digest('hex');
    const to = arriving(Buffer.concat([head, manifest, Buffer.from('x')]), digest);
    expect(await receiveTree(to)).toMatchObject({ ok: false, error: { detail: 'a manifest that does not fit its schema' } });
    expect(() => readdirSync(to.directory)).toThrow('ENOENT');
  });

  it('a_blob_that_is_gone_or_has_grown_ends_the_sending', async () => {
    for (const spoil of [(path: string) => rmSync(path), (path: string) => writeFileSync(path, 'longer than it was')]) {
      const tree = testTree(folder.path, { 'a.ts': 'short' });
      const { open } = await packTree(tree);
      const [blob = ''] = Object.keys(contents(tree)).filter((path) => path.startsWith('/blobs'));
      spoil(join(tree, blob));
      const drain = async (): Promise<void> => {
        for await (const part of open()) expect(part).toBeDefined();
      };
      await expect(drain()).rejects.toThrow();
    }
  });
});
