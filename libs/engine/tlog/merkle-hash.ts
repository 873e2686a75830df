import { hash } from 'node:crypto';
import { assert, present } from '@lib/kernel';

/** Every hash in the log is SHA-256. Units: bytes. */
export const HASH_BYTES = 32;

/** Root of the tree without leaves: SHA-256 of nothing. Source: RFC 9162 section 2.1.1. */
export const emptyRoot: Uint8Array = sha256(new Uint8Array());

// The prefixes keep a leaf from being passed off as a node, and the other way round. One input is put together and hashed in one
// call, and the hash is taken as text of one character a byte: an object for each hash costs as much as the hashing.
const LEAF_PREFIX = 0;
const leafRoom = new Uint8Array(1 + 65_535); // the longest entry of the C2SP layout
const nodeRoom = new Uint8Array(1 + 2 * HASH_BYTES).fill(1, 0, 1);

/** Hash of one entry: the entry's own bytes, never a digest of them, or tools that we did not write will not agree. */
export function leafHash(entry: Uint8Array): Uint8Array {
  return Buffer.from(leafText(entry), 'latin1');
}

/** Hash of an inner node over its two children. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES) return sha256(Buffer.concat([Uint8Array.of(1), left, right]));
  nodeRoom.set(left, 1);
  nodeRoom.set(right, 1 + HASH_BYTES);
  return sha256(nodeRoom);
}

/** Writes the hash of an entry to a place in `row`. */
export function writeLeafHash(entry: Uint8Array, row: Buffer, at: number): void {
  row.write(leafText(entry), at, HASH_BYTES, 'latin1');
}

/** The same where the byte before the entry is the caller's to overwrite: `room` is that byte and the entry. */
export function writePrefixedHash(room: Uint8Array, row: Buffer, at: number): void {
  room[0] = LEAF_PREFIX;
  row.write(hash('sha256', room, 'binary'), at, HASH_BYTES, 'latin1');
}

/** Inputs of that many nodes side by side, prefix included, so that none is put together again. */
const LADDER_NODES = 128;
const NODE_BYTES = 1 + 2 * HASH_BYTES;
const ladder = Buffer.alloc(LADDER_NODES * NODE_BYTES, 1);
const steps = Array.from({ length: LADDER_NODES }, (_, at) => ladder.subarray(at * NODE_BYTES, (at + 1) * NODE_BYTES));

/** Root over a complete tree of 256 hashes that lie one after the other: the quick way through a long log. */
export function completeRoot(row: Buffer): Uint8Array {
  assert(row.length === 2 * LADDER_NODES * HASH_BYTES, 'a complete row');
  for (let at = 0; at < LADDER_NODES; at += 1) row.copy(ladder, at * NODE_BYTES + 1, at * 2 * HASH_BYTES, (at + 1) * 2 * HASH_BYTES);
  for (let width = LADDER_NODES; width > 1; width /= 2) {
    for (let at = 0; at < width; at += 1) {
      // the hash of two children is the left or right half of the input above, and that input was hashed already
      ladder.write(stepText(at), (at >> 1) * NODE_BYTES + 1 + (at & 1) * HASH_BYTES, HASH_BYTES, 'latin1');
    }
  }
  return Buffer.from(stepText(0), 'latin1');
}

/** Whether two hashes are the same bytes. Hashes here are public, so the comparison need not be constant in time. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** Whether each item has the length of a hash. */
export function areHashes(items: readonly Uint8Array[]): boolean {
  return items.every((item) => item.length === HASH_BYTES);
}

function stepText(at: number): string {
  return hash('sha256', present(steps[at], 'a step of the ladder'), 'binary');
}

function leafText(entry: Uint8Array): string {
  const room = entry.length < leafRoom.length ? leafRoom.subarray(0, 1 + entry.length) : new Uint8Array(1 + entry.length);
  room[0] = LEAF_PREFIX;
  room.set(entry, 1);
  return hash('sha256', room, 'binary');
}

function sha256(bytes: Uint8Array): Uint8Array {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'latin1');
}
