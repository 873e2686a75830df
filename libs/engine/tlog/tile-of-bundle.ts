import { HASH_BYTES, writePrefixedHash } from './merkle-hash.ts';

const PREFIX_BYTES = 2;

/**
 * The lowest tile as the entries of a bundle make it: their hashes, one after the other. Nothing when the bytes are not exactly `width`
 * entries. Each entry is hashed where it lies, in a copy of the bundle: the byte before it is its length's last, and takes the prefix.
 */
export function tileOfBundle(bundle: Uint8Array, width: number): Uint8Array | undefined {
  const bytes = Buffer.from(bundle);
  const tile = Buffer.alloc(width * HASH_BYTES);
  let at = 0;
  for (let place = 0; place < width; place += 1) {
    if (at + PREFIX_BYTES > bytes.length) return undefined;
    const end = at + PREFIX_BYTES + bytes.readUInt16BE(at);
    if (end > bytes.length) return undefined;
    writePrefixedHash(bytes.subarray(at + PREFIX_BYTES - 1, end), tile, place * HASH_BYTES);
    at = end;
  }
  return at === bytes.length ? tile : undefined;
}
