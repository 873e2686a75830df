import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestDatabase } from './database.ts';

/** A pooler in transaction mode before a test's database, for the role of the API. */
export type TestPooler = { readonly url: string; readonly stop: () => Promise<void> };

const nobody = 65_534;
const serverConnections = 4; // fewer than clients: transactions of different tenants follow each other on one
const attemptsMax = 200;

/** Starts the given `pgbouncer` and answers when it accepts connections. */
export async function startPooler(program: string, database: TestDatabase): Promise<TestPooler> {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-pooler-'));
  const server = new URL(database.urls.aegis_api);
  const port = await freePort();
  const settings = `[databases]
${database.name} = host=${server.hostname} port=${server.port} dbname=${database.name}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${String(port)}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(folder, 'users')}
pool_mode = transaction
default_pool_size = ${String(serverConnections)}
ignore_startup_parameters = options,statement_timeout,lock_timeout,idle_in_transaction_session_timeout,extra_float_digits
`;
  const files = { 'pooler.ini': settings, users: `"${server.username}" "${decodeURIComponent(server.password)}"\n` };
  chmodSync(folder, 0o755);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
  // it refuses to run as root
  const isRoot = process.getuid?.() === 0;
  if (isRoot) for (const name of Object.keys(files)) chownSync(join(folder, name), nobody, nobody);
  const child = spawn(program, ['-q', join(folder, 'pooler.ini')], {
    stdio: 'ignore',
    env: {},
    ...(isRoot ? { uid: nobody, gid: nobody } : {}),
  });
  const stop = async (): Promise<void> => {
    const ended = child.exitCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (let attempt = 0; !(await accepts(port)); attempt += 1) {
    if (attempt < attemptsMax && child.exitCode === null) continue;
    await stop();
    throw new Error('pgbouncer does not start');
  }
  return { url: `postgresql://${server.username}:${server.password}@127.0.0.1:${String(port)}/${database.name}`, stop };
}

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => setTimeout(() => resolve(false), 20));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
