import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A file held in memory under one address: nothing a request says becomes a path on the disk. */
export type ServedFile = { readonly bytes: Buffer; readonly type: string; readonly etag: string; readonly cacheControl: string };

const types: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.json', 'application/json; charset=utf-8'],
  ['.webmanifest', 'application/manifest+json'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.woff2', 'font/woff2'],
  ['.txt', 'text/plain; charset=utf-8'],
]);

/** Prepares a file for serving. `immutable`: its name changes with its content, so browsers may keep it. */
export function servedFile(name: string, bytes: Buffer, immutable: boolean): ServedFile {
  return {
    bytes,
    type: types.get(extname(name)) ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    cacheControl: immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
}

/** Sends a file, or says that the browser's copy is current. */
export function sendFile(request: FastifyRequest, reply: FastifyReply, file: ServedFile): void {
  void reply.headers({ etag: file.etag, 'cache-control': file.cacheControl });
  if (request.headers['if-none-match'] === file.etag) void reply.code(304).send();
  else void reply.header('content-type', file.type).send(file.bytes);
}
