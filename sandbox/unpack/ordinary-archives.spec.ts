import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ArchiveFormat, TreeManifest } from '@lib/contract';
import { requirePeer } from '../../tools/testing/require-peer.ts';
import { fc } from '../../tools/testing/seeded-fast-check.ts';
import { paxHeader, paxRecord, tarOf } from './testing/build-tar.ts';
import { ordinaryShape } from './testing/ordinary-shape.ts';
import { watchedFolder, type WatchedFolder } from './testing/watched-folder.ts';

let folder: WatchedFolder;
beforeAll(() => {
  folder = watchedFolder();
});
afterAll(() => folder.remove());

type Files = ReadonlyMap<string, Buffer>;
const manifestOf = (files: Files): TreeManifest['files'] =>
  Array.from(files, ([path, bytes]) => ({
    path,
    bytes: bytes.byteLength,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  })).toSorted((a, b) => (a.path < b.path ? -1 : 1));

describe('ordinary repositories', () => {
  it('200_shapes_pass_with_every_byte_of_every_file', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(ordinaryShape, async ({ format, bytes, files }) => {
        const { manifest, refused, messages } = await folder.unpack({ format, bytes });
        expect(refused).toBeUndefined();
        expect(manifest?.files).toEqual(manifestOf(files));
        const reasons = messages.flatMap((message) => (message.type === 'coverage' ? [message.entry.reason] : []));
        expect(reasons.filter((reason) => reason !== 'name_hazard' && reason !== 'symlink_dropped')).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('the_commit_that_a_git_host_writes_is_told_and_any_other_comment_is_not', async () => {
    const tarWith = (comment: string): Buffer =>
      Buffer.concat([paxHeader([paxRecord('comment', comment)], 'g'), tarOf([{ name: 'shop/a' }])]);
    const commit = '0123456789abcdef'.repeat(4).slice(0, 40);
    expect((await folder.unpack({ format: 'tar', bytes: tarWith(commit) })).messages.at(-1)).toMatchObject({ type: 'sealed', commit });
    expect((await folder.unpack({ format: 'tar', bytes: tarWith('hello') })).messages.at(-1)).not.toHaveProperty('commit');
  });

  it('a_pointer_to_git_lfs_is_stored_and_told', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`;
    const { manifest, messages } = await folder.unpack({
      format: 'tar',
      bytes: tarOf([{ name: 'shop/logo.png', body: pointer }, { name: 'shop/a' }]),
    });
    expect(manifest?.files.map((file) => file.path)).toEqual(['a', 'logo.png']);
    expect(messages).toContainEqual({ type: 'coverage', entry: { path: 'logo.png', reason: 'lfs_pointer' } });
  });
});

const sample: Files = new Map(
  Object.entries({
    'README.md': '# shop',
    'src/größe/日本語.ts': 'export {}',
    'src/Case.ts': '1',
    'src/case.ts': '2',
    'bin/run': '#!/bin/sh\n',
    'empty.txt': '',
    'large.bin': 'x'.repeat(3_000_000),
    [`${'deep/'.repeat(40)}${'n'.repeat(120)}`]: 'deep',
  }).map(([path, text]) => [path, Buffer.from(text)]),
);

type Writer = readonly [name: string, program: string, format: ArchiveFormat, write: (root: string, out: string) => void];
const run = (program: string, argv: readonly string[], cwd: string): void => void execFileSync(program, argv, { cwd, stdio: 'ignore' });
const python = (code: string, root: string, out: string): void => run('python3', ['-c', code, 'shop', out], root);
const gitEnvironment = ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'init.defaultBranch=main'];
const inGit = (root: string, format: string, out: string): void => {
  for (const argv of [
    ['init', '-q'],
    ['add', '-A'],
    ['commit', '-qm', 'all'],
  ])
    run('git', [...gitEnvironment, ...argv], join(root, 'shop'));
  run('git', ['archive', `--format=${format}`, '--prefix=shop-1/', '-o', out, 'HEAD'], join(root, 'shop'));
};
const writers: readonly Writer[] = [
  ['tar, GNU', 'tar', 'tar.gz', (root, out) => run('tar', ['--format=gnu', '-czf', out, 'shop'], root)],
  ['tar, pax', 'tar', 'tar', (root, out) => run('tar', ['--format=pax', '-cf', out, 'shop'], root)],
  [
    'tar, ustar, from inside',
    'tar',
    'tar.gz',
    (root, out) => run('tar', ['--exclude=./deep', '--format=ustar', '-C', 'shop', '-czf', out, '.'], root),
  ],
  ['zip', 'zip', 'zip', (root, out) => run('zip', ['-qr', out, 'shop'], root)],
  ['git, tar.gz', 'git', 'tar.gz', (root, out) => inGit(root, 'tar.gz', out)],
  ['git, zip', 'git', 'zip', (root, out) => inGit(root, 'zip', out)],
  [
    'Python, zip',
    'python3',
    'zip',
    (root, out) => python('import shutil, sys; shutil.make_archive(sys.argv[2][:-4], "zip", ".", sys.argv[1])', root, out),
  ],
  [
    'Python, tar',
    'python3',
    'tar',
    (root, out) => python('import tarfile, sys; t = tarfile.open(sys.argv[2], "w"); t.add(sys.argv[1]); t.close()', root, out),
  ],
];

describe('what other programs write', () => {
  for (const [name, , format, write] of writers.filter(([, program]) => requirePeer(program, `apt-get install ${program}`) !== undefined)) {
    it(`${name}_passes_with_every_byte_of_every_file`, async () => {
      const root = mkdtempSync(join(tmpdir(), 'writer-'));
      try {
        for (const [path, bytes] of sample) {
          mkdirSync(join(root, 'shop', dirname(path)), { recursive: true });
          writeFileSync(join(root, 'shop', path), bytes, { mode: path.startsWith('bin') ? 0o755 : 0o644 });
        }
        mkdirSync(join(root, 'shop', 'empty-folder'));
        if (format !== 'zip') symlinkSync('README.md', join(root, 'shop', 'link'));
        const out = join(root, `out.${format}`);
        write(root, out);
        const { manifest, refused } = await folder.unpack({ format, bytes: readFileSync(out) });
        expect(refused).toBeUndefined();
        const expected = name.includes('inside') ? new Map(Array.from(sample).filter(([path]) => !path.startsWith('deep'))) : sample;
        expect(manifest?.files).toEqual(manifestOf(expected));
      } finally {
        rmSync(root, { recursive: true });
      }
    });
  }
});
