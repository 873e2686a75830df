import { createHash } from 'node:crypto';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { limits } from '@lib/contract';
import { sniffFormat } from '@lib/engine/archive';
import { err, ok, type Result } from '@lib/kernel';
import type { RawBody } from '@lib/platform/http';

/** What was stored. Units: bytes. */
export type Spooled = { readonly bytes: number; readonly sha256: string };

/** Why nothing was stored. */
export type SpoolError = {
  readonly code:
    | 'http.body_too_large'
    | 'http.upload_broken_off'
    | 'http.content_digest_mismatch'
    | 'ingest.archive_format_unknown'
    | 'ingest.disk_full';
};

const headBytes = 512; // a tar says what it is in its first block

/**
 * Writes an upload into a new file, as it comes, and hashes it. What is too large, breaks off, has another digest than it says or is no
 * archive by its first bytes leaves no file. Units: bytes. Errors: see `SpoolError`. Source: CWE-400, CWE-434.
 */
export async function spoolUpload(body: RawBody, into: string): Promise<Result<Spooled, SpoolError>> {
  await mkdir(dirname(into), { recursive: true });
  const file = await open(into, 'wx', 0o600);
  let stored: Result<Spooled, SpoolError> | undefined;
  try {
    stored = await receive(body, file);
    return stored;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOSPC' || code === 'EDQUOT') return err({ code: 'ingest.disk_full' });
    if (code === 'ECONNRESET' || body.stream.destroyed) return err({ code: 'http.upload_broken_off' });
    throw error;
  } finally {
    await file.close();
    if (stored?.ok !== true) await rm(into, { force: true });
  }
}

async function receive(body: RawBody, file: FileHandle): Promise<Result<Spooled, SpoolError>> {
  const hash = createHash('sha256');
  let head = Buffer.alloc(0);
  let bytes = 0;
  for await (const chunk of body.stream) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.byteLength;
    if (bytes > limits.archiveBytesMax) return err({ code: 'http.body_too_large' });
    if (head.byteLength < headBytes) head = Buffer.concat([head, chunk.subarray(0, headBytes - head.byteLength)]);
    hash.update(chunk);
    await file.write(chunk);
  }
  if (body.bytes !== undefined && bytes !== body.bytes) return err({ code: 'http.upload_broken_off' });
  const sha256 = hash.digest('hex');
  if (body.sha256 !== undefined && body.sha256 !== sha256) return err({ code: 'http.content_digest_mismatch' });
  return sniffFormat(head) === undefined ? err({ code: 'ingest.archive_format_unknown' }) : ok({ bytes, sha256 });
}
