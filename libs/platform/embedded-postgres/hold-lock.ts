import { createHash } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Fault } from '@lib/kernel';

/**
 * Holds a data directory for this process, until `release` or until the process is gone, however it goes: the lock is a listening
 * socket in Linux's abstract namespace, which the kernel takes away with its owner, so that there is no stale lock to judge.
 * The name is made of device and inode, so that two paths to one directory meet. Elsewhere than on Linux it is a socket file; two
 * starts in the very moment after a crash are then not told apart.
 * Errors: `postgres.data_in_use`.
 */
export async function holdLock(dataDirectory: string): Promise<{ readonly release: () => void }> {
  const { dev, ino } = statSync(dataDirectory);
  const key = createHash('sha256')
    .update(`${String(dev)}:${String(ino)}`)
    .digest('hex')
    .slice(0, 32);
  const address = process.platform === 'linux' ? `\0aegis-postgres-${key}` : join(dataDirectory, 'postgres.sock');
  if (process.platform !== 'linux' && !(await answers(address))) rmSync(address, { force: true });
  const server = createServer((socket) => socket.destroy());
  await listen(server, address, dataDirectory);
  server.unref();
  return { release: () => server.close() };
}

function listen(server: Server, address: string, dataDirectory: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Fault('postgres.data_in_use', { internal: `another process runs the database in \`${dataDirectory}\``, cause })),
    );
    server.listen(address, resolve);
  });
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const settle = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', settle(true)).once('error', settle(false));
  });
}
