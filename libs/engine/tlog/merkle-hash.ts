import { createHash } from 'node:crypto';

/** Every hash in the log is SHA-256. Units: bytes. */
export const HASH_BYTES = 32;

/** Root of the tree without leaves: SHA-256 of nothing. Source: RFC 9162 section 2.1.1. */
export const emptyRoot: Uint8Array = createHash('sha256').digest();

// The prefixes keep a leaf from being passed off as a node, and the other way round.
const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

/** Hash of one entry: the entry's own bytes, never a digest of them, or tools that we did not write will not agree. */
export function leafHash(entry: Uint8Array): Uint8Array {
  return createHash('sha256').update(leafPrefix).update(entry).digest();
}

/** Hash of an inner node over its two children. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return createHash('sha256').update(nodePrefix).update(left).update(right).digest();
}

/** Whether two hashes are the same bytes. Hashes here are public, so the comparison need not be constant in time. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** Whether each item has the length of a hash. */
export function areHashes(items: readonly Uint8Array[]): boolean {
  return items.every((item) => item.length === HASH_BYTES);
}
