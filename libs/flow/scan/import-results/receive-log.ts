import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { limits } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import type { RawBody } from '@lib/platform/http';

/** A log as text, and the digest of what arrived. */
export type ReceivedLog = { readonly text: string; readonly sha256: string };

export type ReceiveError = {
  readonly code: 'http.body_too_large' | 'http.upload_broken_off' | 'http.content_digest_mismatch' | 'sarif.invalid';
};

const unpack = promisify(gunzip);
const gzipMark = [0x1f, 0x8b];

/**
 * Takes a log in, packed by gzip or not: its first bytes say which. Held in memory, at most `importBytesMax` packed and unpacked.
 * Units: bytes. Errors: see `ReceiveError`. Source: CWE-400, CWE-409.
 */
export async function receiveLog(body: RawBody): Promise<Result<ReceivedLog, ReceiveError>> {
  const arrived = await gather(body);
  if (!arrived.ok) return arrived;
  const bytes = arrived.value;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (body.sha256 !== undefined && body.sha256 !== sha256) return err({ code: 'http.content_digest_mismatch' });
  try {
    const packed = gzipMark.every((byte, index) => bytes[index] === byte);
    const plain = packed ? await unpack(bytes, { maxOutputLength: limits.importBytesMax }) : bytes;
    return ok({ text: new TextDecoder('utf-8', { fatal: true }).decode(plain), sha256 });
  } catch (error) {
    const tooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return err({ code: tooLarge ? 'http.body_too_large' : 'sarif.invalid' });
  }
}

async function gather(body: RawBody): Promise<Result<Buffer, ReceiveError>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body.stream) {
      if (!(chunk instanceof Uint8Array)) continue;
      bytes += chunk.byteLength;
      if (bytes > limits.importBytesMax) return err({ code: 'http.body_too_large' });
      chunks.push(chunk);
    }
  } catch (error) {
    if (body.stream.destroyed) return err({ code: 'http.upload_broken_off' });
    throw error;
  }
  return body.bytes !== undefined && bytes !== body.bytes ? err({ code: 'http.upload_broken_off' }) : ok(Buffer.concat(chunks));
}
