import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loginRoles, migrate, withAdmin } from '@lib/platform/db';
import { startPostgres } from '@lib/platform/embedded-postgres';
import { addressVariable, templateName, type TestCluster } from './test-cluster.ts';

/**
 * Vitest's global set-up: one embedded server for the whole run, started when the first spec asks for a database and never when none
 * does. The workers ask by HTTP, because they are processes of their own. The server and its files go with the run, however it ends.
 */
export default async function setup(): Promise<() => Promise<void>> {
  let cluster: Promise<RunningCluster> | undefined;
  const door = createServer((_request, response) => {
    cluster ??= startCluster();
    cluster.then(
      ({ facts }) => response.end(JSON.stringify(facts)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : 'failed'),
    );
  });
  const port = await new Promise<number>((resolve) => {
    door.listen(0, '127.0.0.1', () => {
      const address = door.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  process.env[addressVariable] = `http://127.0.0.1:${String(port)}/`;
  return async () => {
    door.close();
    const started = await cluster?.catch(() => undefined);
    await started?.stop();
  };
}

type RunningCluster = { readonly facts: TestCluster; readonly stop: () => Promise<void> };

async function startCluster(): Promise<RunningCluster> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'aegis-test-'));
  chmodSync(dataDirectory, 0o755); // as root, the server runs as another user
  const remove = () => rmSync(dataDirectory, { recursive: true, force: true });
  // the data is thrown away, so nothing waits for a disk
  const settings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: '300' };
  const server = await startPostgres({ dataDirectory, settings }).catch((error: unknown) => {
    remove();
    throw error;
  });
  const leash = leashOf(server.pid, dataDirectory);
  const stop = async () => {
    leash.kill();
    await server.stop();
    remove();
  };
  try {
    const passwords = Object.fromEntries(loginRoles.map((role) => [role, randomBytes(12).toString('hex')]));
    await migrate({ adminUrl: server.adminUrl, directory: 'db/migrations', passwords, database: templateName });
    await withAdmin(server, (admin) =>
      admin.run('close template', `alter database ${templateName} is_template true allow_connections false`),
    );
    return { facts: { adminUrl: server.adminUrl, passwords }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Ends the server and removes its files when this process is killed: its end of the pipe closes then. */
function leashOf(pid: number, directory: string): ChildProcess {
  const script = 'read -r _; kill -INT "$1"; for i in $(seq 100); do kill -0 "$1" 2>/dev/null || break; sleep 0.1; done; rm -rf "$2"';
  const leash = spawn('/bin/sh', ['-c', script, 'leash', String(pid), directory], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  leash.unref();
  return leash;
}
