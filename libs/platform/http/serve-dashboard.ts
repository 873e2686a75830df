import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { limits } from '@lib/contract';
import { Fault } from '@lib/kernel';
import type { FastifyInstance } from 'fastify';
import { dashboardHeaders } from './security-headers.ts';
import { sendFile, servedFile, type ServedFile } from './served-file.ts';

/**
 * `folder`: the built dashboard; `clientRoutes`: the addresses that its router knows, in the form `/scans/:id`; `formOrigins`: those of them
 * whose page may post a form elsewhere, and where to.
 */
export type DashboardOptions = {
  readonly folder: string;
  readonly clientRoutes: readonly string[];
  readonly formOrigins?: Readonly<Record<string, string>>;
  readonly secure: boolean;
};

/**
 * Serves the built dashboard from memory: each file under its own address, and the page under the addresses that its router knows.
 * Anything else stays unknown, so that a missing file is a 404 and never the page. Answers false when there is no build.
 * Errors: Fault `http.dashboard_too_large`. Limits: `limits.staticFilesMax`, `limits.staticBytesMax`.
 */
export function serveDashboard(server: FastifyInstance, options: DashboardOptions): boolean {
  const files = readFolder(options.folder);
  const page = files.get('/index.html');
  if (page === undefined) return false;
  const addresses = new Map<string, ServedFile>([...files, ...options.clientRoutes.map((route) => [route, page] as const)]);
  addresses.delete('/index.html');
  for (const [address, file] of addresses) {
    const headers = dashboardHeaders(options.secure, options.formOrigins?.[address]);
    server.get(address, (request, reply) => {
      void reply.headers(headers);
      sendFile(request, reply, file);
      return reply;
    });
  }
  return true;
}

function readFolder(folder: string): ReadonlyMap<string, ServedFile> {
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile());
  const files = new Map<string, ServedFile>();
  let bytes = 0;
  for (const name of names.toSorted()) {
    const address = posix.join('/', name.split(sep).join('/'));
    const file = servedFile(name, readFileSync(join(folder, name)), address.startsWith('/assets/'));
    bytes += file.bytes.length;
    if (files.size >= limits.staticFilesMax || bytes > limits.staticBytesMax)
      throw new Fault('http.dashboard_too_large', { internal: `${String(files.size)} files, ${String(bytes)} bytes` });
    files.set(encodeURI(address), file);
  }
  return files;
}
