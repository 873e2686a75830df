import { hash } from 'node:crypto';

/** Every hash in the log is SHA-256. Units: bytes. */
export const HASH_BYTES = 32;

/** Root of the tree without leaves: SHA-256 of nothing. Source: RFC 9162 section 2.1.1. */
export const emptyRoot: Uint8Array = sha256(new Uint8Array());

// The prefixes keep a leaf from being passed off as a node, and the other way round. One input is put together and hashed in one
// call: half the time of three calls to an open hash, and a million entries take two million of these.
const LEAF_PREFIX = 0;
const leafRoom = new Uint8Array(1 + 65_535); // the longest entry of the C2SP layout
const nodeRoom = new Uint8Array(1 + 2 * HASH_BYTES).fill(1, 0, 1);

/** Hash of one entry: the entry's own bytes, never a digest of them, or tools that we did not write will not agree. */
export function leafHash(entry: Uint8Array): Uint8Array {
  const room = entry.length < leafRoom.length ? leafRoom.subarray(0, 1 + entry.length) : new Uint8Array(1 + entry.length);
  room[0] = LEAF_PREFIX;
  room.set(entry, 1);
  return sha256(room);
}

/** Hash of an inner node over its two children. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES) return sha256(Buffer.concat([Uint8Array.of(1), left, right]));
  nodeRoom.set(left, 1);
  nodeRoom.set(right, 1 + HASH_BYTES);
  return sha256(nodeRoom);
}

/** Whether two hashes are the same bytes. Hashes here are public, so the comparison need not be constant in time. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** Whether each item has the length of a hash. */
export function areHashes(items: readonly Uint8Array[]): boolean {
  return items.every((item) => item.length === HASH_BYTES);
}

function sha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer');
}
