import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { treeManifestSchema } from '@lib/contract';
import { localSandbox, type Unpacker } from '@lib/platform/sandbox';
import { testFolder, testRuntime } from '../../../../sandbox/escape/test-runtime.ts';
import { gitServer, type GitServer } from '../../../../tools/testing/git-server.ts';
import { requirePeer } from '../../../../tools/testing/require-peer.ts';
import { sealGit, type SealGitJob } from './seal-git.ts';

const git = requirePeer('git', 'apt-get install git');
const folder = testFolder();
let unpacker: Unpacker;
let server: GitServer;
beforeAll(async () => {
  if (git === undefined) return;
  server = await gitServer();
  const runtimeDirectory = await testRuntime(folder.path, 'misbehaving-runner.ts');
  unpacker = localSandbox({ runtimeDirectory, stageInto: [join(folder.path, 'staged')] });
}, 120_000);
afterAll(async () => {
  if (git !== undefined) await server.close();
  folder.remove();
});
afterEach(() => {
  if (git !== undefined) server.intercept(undefined);
});

let count = 0;
function seal(name: string, more: Partial<SealGitJob> = {}) {
  count += 1;
  return sealGit(unpacker, { url: server.url(name), target: join(folder.path, `tree-${String(count)}`), reach: server.reach, ...more });
}
const leftovers = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('aegis-git-'));
const marker = join(folder.path, 'something-ran');

describe.runIf(git !== undefined)('sealGit', () => {
  const files = {
    'README.md': '# shop',
    'src/größe/日本語.ts': 'export {}',
    'src/Case.ts': '1',
    'src/case.ts': '2',
    'empty.txt': '',
    'binary.bin': Buffer.from([0, 255, 10, 13]),
    'lines.txt': 'a\nb\n', // a checkout would turn the ends of its lines
    'secret-export.txt': 'left out by git archive',
    'version.txt': '$Format:%H$ $Id$',
    '.gitattributes': '* text=auto eol=crlf ident\nsecret-export.txt export-ignore\nversion.txt export-subst\n*.ts filter=evil diff=evil\n',
    'logo.png': `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 1\n`,
    // a bare repository that would run something for whoever enters it
    'nested/HEAD': 'ref: refs/heads/main\n',
    'nested/config': `[core]\n\tbare = false\n\tworktree = .\n\tfsmonitor = "touch ${marker}"\n`,
    'nested/objects/x': '',
    'nested/refs/x': '',
  };

  it('every_blob_is_in_the_tree_as_it_was_committed_and_nothing_of_the_repository_is_run_or_followed', async () => {
    const before = leftovers();
    const commit = server.addRepository('shop', files, (run) => {
      const link = run(['hash-object', '-w', '--stdin'], '/etc/passwd');
      run(['update-index', '--add', '--cacheinfo', `120000,${link},link`]);
      run(['update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},vendor/lib`]);
      run(['update-index', '--chmod=+x', 'README.md']);
      run(['commit', '-q', '-m', 'more']);
    });
    const sealed = await seal('shop');
    if (!sealed.ok) throw new Error(JSON.stringify(sealed.error));
    const manifest = treeManifestSchema.parse(JSON.parse(readFileSync(join(sealed.value.directory, 'manifest.json'), 'utf8')));
    const expected = Object.entries(files)
      .map(([path, bytes]) => ({ path, bytes: Buffer.byteLength(bytes), sha256: createHash('sha256').update(bytes).digest('hex') }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1));
    expect(manifest.files).toEqual(expected);
    expect(sealed.value.commit).toBe(commit);
    expect(sealed.value.coverageCounts).toEqual({ symlink_dropped: 1, submodule: 1, lfs_pointer: 1, name_hazard: 1 });
    expect(sealed.value.coverage).toContainEqual({ path: 'vendor/lib', reason: 'submodule' });
    expect(existsSync(marker)).toBe(false);
    expect(leftovers()).toEqual(before);
  });

  it('a_branch_a_tag_and_a_commit_can_be_asked_for', async () => {
    let old = '';
    server.addRepository('history', { a: '1' }, (run) => {
      old = run(['rev-parse', 'HEAD']);
      run(['tag', 'v1']);
      run(['checkout', '-q', '-b', 'topic/x']);
      run(['commit', '-q', '--allow-empty', '-m', 'topic']);
      run(['checkout', '-q', 'main']);
      run(['commit', '-q', '--allow-empty', '-m', 'new']);
    });
    for (const ref of ['topic/x', 'v1', old]) expect(await seal('history', { ref })).toMatchObject({ ok: true, value: { files: 1 } });
    expect(await seal('history', { ref: 'v1' })).toMatchObject({ value: { commit: old } });
  });

  it('an_empty_commit_is_a_tree_of_no_files', async () => {
    server.addRepository('empty', {});
    expect(await seal('empty')).toMatchObject({ ok: true, value: { files: 0 } });
  });

  it.each([
    'absent',
    'refs/heads/absent',
    '1'.repeat(40),
    '--upload-pack=touch x',
    '-x',
    'a..b',
    'a:b',
    'a b',
    '+main',
    'main:refs/heads/x',
    '',
  ])('the_ref_%j_is_unknown', async (ref) => {
    server.addRepository(`refs-${String(count)}`, { a: '1' });
    expect(await seal(`refs-${String(count)}`, { ref })).toEqual({ ok: false, error: { code: 'git.ref_unknown' } });
  });

  it('objects_that_fsck_refuses_end_with_a_code_and_leave_nothing', async () => {
    const before = leftovers();
    server.addRepository('hostile', { a: '1' }, (run) => {
      const blob = run(['hash-object', '-w', '--stdin'], '#!/bin/sh\n');
      const raw = Buffer.concat([Buffer.from('100755 .git\u0000'), Buffer.from(blob, 'hex')]);
      const tree = run(['hash-object', '-w', '-t', 'tree', '--literally', '--stdin'], raw);
      run(['update-ref', 'HEAD', run(['commit-tree', tree, '-m', 'hostile'])]);
    });
    expect(await seal('hostile')).toEqual({ ok: false, error: { code: 'git.objects_refused' } });
    expect(leftovers()).toEqual(before);
  });

  it('a_redirect_is_not_followed', async () => {
    server.intercept((_, response) => {
      response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end();
      return true;
    });
    expect(await seal('shop')).toEqual({ ok: false, error: { code: 'git.remote_refused' } });
  });

  it.each([401, 403, 404, 500])('a_server_that_answers_%i_is_told', async (status) => {
    server.intercept((_, response) => {
      response.writeHead(status).end();
      return true;
    });
    expect(await seal('shop')).toEqual({ ok: false, error: { code: 'git.remote_refused' } });
  });

  it('a_server_that_says_nonsense_is_told', async () => {
    server.intercept((_, response) => {
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' }).end('nonsense');
      return true;
    });
    expect(await seal('shop')).toMatchObject({ ok: false, error: { code: expect.stringMatching(/^git\./u) as string } });
  });

  it.each([
    'ext::sh -c x',
    'file:///etc',
    '/etc',
    'ssh://git@host/x',
    'git@host:x',
    'git://host/x',
    '--upload-pack=x',
    '',
    'https://a:b@host/x',
    'https://host/x?y',
    'http://host/x',
  ])('%j_is_no_address_of_a_repository', async (url) => {
    const target = join(folder.path, 'never');
    expect(await sealGit(unpacker, { url, target })).toEqual({ ok: false, error: { code: 'git.url_refused' } });
  });

  it.each([
    'https://127.0.0.1/x',
    'https://localhost/x',
    'https://[::1]/x',
    'https://169.254.169.254/x',
    'https://10.1.2.3/x',
    'https://2130706433/x',
  ])('the_product_does_not_fetch_from_%s', async (url) => {
    const target = join(folder.path, 'never');
    expect(await sealGit(unpacker, { url, target })).toEqual({ ok: false, error: { code: 'outbound.address_refused' } });
  });

  it('a_cancelled_one_says_so', async () => {
    expect(await seal('shop', { signal: AbortSignal.abort() })).toMatchObject({
      ok: false,
      error: { code: expect.stringMatching(/^git\.(?:cancelled|limit_reached)$/u) as string },
    });
  });
});
