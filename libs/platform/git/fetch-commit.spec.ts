import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { present } from '@lib/kernel';
import { gitServer, type GitServer } from '../../../tools/testing/git-server.ts';
import { requirePeer } from '../../../tools/testing/require-peer.ts';
import { fetchCommit, type FetchJob } from './fetch-commit.ts';
import { findGit, type GitProgram } from './git-program.ts';
import { parseTree } from './list-tree.ts';

const git = requirePeer('git', 'apt-get install git');

describe.runIf(git !== undefined)('fetchCommit, within its bounds', () => {
  let server: GitServer;
  let program: GitProgram;
  let scratch = '';
  beforeAll(async () => {
    server = await gitServer();
    program = present(await findGit(), 'git is there');
    server.addRepository('large', { 'a.bin': randomBytes(3_000_000) });
  });
  afterAll(() => server.close());
  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'fetch-'));
    chmodSync(scratch, 0o711);
    mkdirSync(join(scratch, 'repository'));
    if (program.identity !== undefined) chownSync(join(scratch, 'repository'), program.identity.uid, program.identity.gid);
  });
  afterEach(() => {
    server.intercept(undefined);
    rmSync(scratch, { recursive: true });
  });
  const fetch = (more: Partial<FetchJob> = {}) =>
    fetchCommit({
      program,
      url: server.url('large'),
      ref: undefined,
      directory: join(scratch, 'repository'),
      reach: server.reach,
      ...more,
    });

  it('as_root_another_user_runs_it', () => {
    expect(program.identity === undefined).toBe(process.getuid?.() !== 0);
  });

  it('what_fits_is_fetched', async () => {
    expect(await fetch()).toMatchObject({ ok: true });
  });

  it('packs_over_the_limit_are_refused', async () => {
    expect(await fetch({ bytesMax: 1_000_000 })).toEqual({ ok: false, error: { code: 'git.too_large' } });
  });

  it('a_server_that_never_answers_ends_at_the_wall_clock', async () => {
    server.intercept(() => true);
    expect(await fetch({ wallMs: 500 })).toEqual({ ok: false, error: { code: 'git.too_slow' } });
  });

  it('a_cancelled_fetch_ends', async () => {
    const stop = new AbortController();
    server.intercept(() => {
      stop.abort();
      return true;
    });
    expect(await fetch({ signal: stop.signal })).toEqual({ ok: false, error: { code: 'git.cancelled' } });
  });
});

describe('parseTree', () => {
  const object = 'a'.repeat(40);
  const line = (text: string): Buffer => Buffer.from(text, 'latin1');

  it('reads_modes_sizes_and_paths_of_any_bytes', () => {
    const list = line(
      `100644 blob ${object}      12\ta b\tc\u00ff\u0000120000 blob ${object}       3\tl\u0000160000 commit ${object}       -\tsub\u0000`,
    );
    expect(parseTree(list)).toEqual({
      ok: true,
      value: [
        { kind: 'file', object, bytes: 12, path: line('a b\tc\u00ff') },
        { kind: 'symlink', object, bytes: 3, path: line('l') },
        { kind: 'submodule', object, bytes: 0, path: line('sub') },
      ],
    });
  });

  it.each([
    'x',
    `100644 blob ${object} 1\ta`,
    `100644 blob ${object} x\ta\u0000`,
    `100644 blob short 1\ta\u0000`,
    '\u0000',
    `1 blob ${object} 1\ta\u0000`,
  ])('%j_is_no_list', (text) => expect(parseTree(line(text))).toEqual({ ok: false, error: { code: 'git.objects_refused' } }));
});
