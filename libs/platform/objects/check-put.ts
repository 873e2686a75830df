import { createHash } from 'node:crypto';
import { limits } from '@lib/contract';
import type { PutError, PutRequest } from './object-store.ts';

const segment = '[a-z0-9][a-z0-9._-]{0,199}';
const keyPattern = new RegExp(`^${segment}(?:/${segment})*$`, 'u');

/** What every store refuses before it writes a byte; nothing when the request is sound. */
export function checkPut(request: PutRequest, nowMs: number): PutError | undefined {
  if (!isObjectKey(request.key)) return { code: 'objects.key_invalid' };
  if (request.bytes.length > limits.objectBytesMax) return { code: 'objects.too_large' };
  if (request.retainUntilMs !== undefined && !isRetention(request.retainUntilMs, nowMs)) return { code: 'objects.retention_invalid' };
  return sha256Of(request.bytes) === request.sha256 ? undefined : { code: 'objects.digest_mismatch' };
}

/** A key names nothing but an object: no `..`, no empty or hidden segment, nothing that a file system reads in its own way. */
export function isObjectKey(key: string): boolean {
  return key.length <= limits.objectKeyCharsMax && keyPattern.test(key);
}

/** A date in the future, within what the product allows. */
export function isRetention(untilMs: number, nowMs: number): boolean {
  return Number.isSafeInteger(untilMs) && untilMs > nowMs && untilMs <= nowMs + limits.retentionMsMax;
}

/** Lower-case hexadecimal SHA-256. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
