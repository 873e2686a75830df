import { hash, type KeyObject } from 'node:crypto';
import { assert } from '@lib/kernel';

const blockBytes = 64; // of SHA-256
const pads = new WeakMap<KeyObject, { readonly inner: Buffer; readonly outer: Buffer }>();

/**
 * HMAC-SHA-256 by two one-shot hashes. `createHmac` makes a native object for each message: alone it is as fast, but within a request
 * for a page of findings it took 5 % of the CPU (bench `api`: 1.28 with it, 1.20 with this). The key has at most 64 bytes.
 * Source: RFC 2104; a test compares it with `createHmac`.
 */
export function hmacSha256(key: KeyObject, message: Uint8Array): Buffer {
  const { inner, outer } = pads.get(key) ?? makePads(key);
  return hash('sha256', Buffer.concat([outer, hash('sha256', Buffer.concat([inner, message]), 'buffer')]), 'buffer');
}

function makePads(key: KeyObject): { readonly inner: Buffer; readonly outer: Buffer } {
  const secret = key.export();
  assert(secret.length <= blockBytes, 'the key fits one block');
  const block = Buffer.alloc(blockBytes);
  block.set(secret);
  const made = { inner: Buffer.from(block.map((byte) => byte ^ 0x36)), outer: Buffer.from(block.map((byte) => byte ^ 0x5c)) };
  pads.set(key, made);
  return made;
}
