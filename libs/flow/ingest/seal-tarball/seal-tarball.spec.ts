import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localSandbox, type Unpacker } from '@lib/platform/sandbox';
import { testFolder, testRuntime } from '../../../../sandbox/escape/test-runtime.ts';
import { packed, paxHeader, paxRecord, tarOf } from '../../../../sandbox/unpack/testing/build-tar.ts';
import { sealTarball } from './seal-tarball.ts';

const folder = testFolder();
const commit = '0123456789abcdef'.repeat(3).slice(0, 40);
let unpacker: Unpacker;
let answer: (response: ServerResponse) => void = () => undefined;
const tokens: (string | undefined)[] = [];
const server = createServer((request, response) => {
  tokens.push(request.headers.authorization);
  if (request.url === '/moved') response.writeHead(302, { location: `http://storage.test:${String(port)}/x` }).end();
  else answer(response);
});
let port = 0;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  const runtimeDirectory = await testRuntime(folder.path, 'misbehaving-runner.ts');
  unpacker = localSandbox({ runtimeDirectory, stageInto: [join(folder.path, 'staged')] });
}, 120_000);
afterAll(() => {
  server.close();
  folder.remove();
});

let count = 0;
async function seal(path = '/archive') {
  count += 1;
  const target = join(folder.path, 'scan', `tree-${String(count)}`);
  const sealed = await sealTarball(unpacker, {
    url: `http://forge.test:${String(port)}${path}`,
    token: 'for-one-repository',
    commit,
    redirectHosts: [`storage.test:${String(port)}`],
    target,
    reach: { mayReach: (address) => address === '127.0.0.1', resolve: () => Promise.resolve(['127.0.0.1']), protocols: ['http:'] },
  });
  expect(existsSync(`${target}.archive`)).toBe(false);
  return sealed;
}
const archiveOf = (said: string | undefined): Buffer =>
  packed(
    Buffer.concat([
      ...(said === undefined ? [] : [paxHeader([paxRecord('comment', said)], 'g')]),
      tarOf([{ name: `octo-shop-${commit.slice(0, 7)}/src/a.ts`, body: 'x' }]),
    ]),
    'tar.gz',
  );

describe('sealTarball', () => {
  it('the_archive_of_the_commit_becomes_a_tree_and_the_token_stays_with_the_first_host', async () => {
    answer = (response) => void response.end(archiveOf(commit));
    expect(await seal('/moved')).toMatchObject({ ok: true, value: { files: 1, commit } });
    expect(tokens).toEqual(['Bearer for-one-repository', undefined]);
  });

  it.each([
    ['of another commit', 'f'.repeat(40)],
    ['of no commit', undefined],
    ['with a word for a commit', 'main'],
  ])('an_archive_%s_is_refused', async (_, said) => {
    answer = (response) => void response.end(archiveOf(said));
    expect(await seal()).toEqual({ ok: false, error: { code: 'ingest.tarball_wrong_commit' } });
  });

  it('a_page_instead_of_an_archive_is_refused', async () => {
    answer = (response) => void response.end('<html>sign in</html>');
    expect(await seal()).toEqual({ ok: false, error: { code: 'ingest.archive_format_unknown' } });
  });

  it('a_hostile_archive_from_a_git_host_is_refused_like_any_other', async () => {
    answer = (response) => void response.end(packed(tarOf([{ name: 'x/../../y', body: '' }]), 'tar.gz'));
    expect(await seal()).toMatchObject({ ok: false, error: { code: 'ingest.archive_path_traversal' } });
  });

  it('a_server_that_refuses_is_told', async () => {
    answer = (response) => void response.writeHead(404).end();
    expect(await seal()).toEqual({ ok: false, error: { code: 'outbound.refused', status: 404 } });
  });
});
