import { appendFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { limits, type SandboxMessage } from '@lib/contract';
import type { Analyzer } from '@lib/engine/sdk';
import { testFolder, testTree } from '../escape/test-runtime.ts';
import { openTree, sealedFiles, wantedTree } from './open-tree.ts';

const folder = testFolder();
afterAll(() => folder.remove());
const analyzer: Analyzer = {
  name: 'sast',
  version: '1',
  assets: [],
  wants: (path) => path.endsWith('.ts'),
  load: () => Promise.reject(new Error('not loaded here')),
};

function open(files: Readonly<Record<string, string>>) {
  const directory = testTree(folder.path, files);
  const sealed = openTree(directory);
  const said: SandboxMessage[] = [];
  const view = wantedTree(sealed, analyzer, (message) => void said.push(message));
  const blobs = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => /[0-9a-f]{64}$/u.test(name));
  return { ...view, sealed, said, blobs: blobs.map((name) => join(directory, name)) };
}

const unreadable = { type: 'coverage', entry: { path: 'a.ts', reason: 'unreadable', analyzer: 'sast' } };

describe('a sealed tree', () => {
  it('gives_an_analyzer_what_it_wants_and_nothing_else', () => {
    const { tree, filesWanted, said } = open({ 'a.ts': 'let a;', 'b.md': 'b' });
    expect([tree.files.map(({ path }) => path), filesWanted, said]).toEqual([['a.ts'], 1, []]);
    expect(Buffer.from(tree.read('a.ts') ?? []).toString()).toBe('let a;');
    expect(tree.read('b.md')).toBeUndefined();
  });

  it.each<readonly [string, (blob: string) => void]>([
    ['other bytes of the same length', (blob) => writeFileSync(blob, 'let b;')],
    ['a byte more', (blob) => appendFileSync(blob, ' ')],
    ['no bytes', (blob) => writeFileSync(blob, '')],
    ['no file', (blob) => rmSync(blob)],
  ])('a_blob_with_%s_is_not_what_was_sealed_it_is_not_given_and_that_is_said', (_, change) => {
    const { tree, sealed, said, blobs } = open({ 'a.ts': 'let a;' });
    expect(blobs).toHaveLength(1);
    blobs.forEach(change);
    expect(tree.read('a.ts')).toBeUndefined();
    expect(said).toEqual([unreadable]);
    expect(sealedFiles(sealed)('a.ts')).toBeUndefined();
  });

  it('a_file_past_the_parsers_bound_is_given_to_nobody', () => {
    const { tree, sealed, filesWanted } = open({ 'a.ts': 'x'.repeat(limits.sourceFileBytesMax + 1) });
    expect([tree.files, filesWanted, tree.read('a.ts'), sealedFiles(sealed)('a.ts')]).toEqual([[], 1, undefined, undefined]);
  });
});
