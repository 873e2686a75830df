import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A Redis of one's own: an empty folder, a free port of this machine, nothing kept. */
export type TestRedis = { readonly url: string; readonly stop: () => Promise<void> };

const startAttemptsMax = 5; // between the look for a free port and its use another process may take it

/** Starts the given `redis-server` and answers when it accepts connections. */
export async function startRedis(program: string, policy = 'noeviction'): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'aegis-redis-'));
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const settings = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--save',
      '',
      '--appendonly',
      'no',
      '--maxmemory-policy',
      policy,
    ];
    const server = spawn(program, settings, { env: {}, stdio: ['ignore', 'pipe', 'inherit'] });
    if (await accepts(server)) return { url: `redis://127.0.0.1:${String(port)}`, stop: () => stop(server, folder) };
    if (attempt === startAttemptsMax) throw new Error('redis-server does not start');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function accepts(server: ChildProcess): Promise<boolean> {
  if (server.stdout === null) return false;
  for await (const line of createInterface({ input: server.stdout })) {
    if (!line.includes('Ready to accept connections')) continue;
    server.stdout.resume(); // nobody reads the rest, and a full pipe would stop the server
    return true;
  }
  return false;
}

async function stop(server: ChildProcess, folder: string): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
}
