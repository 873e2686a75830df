import { type Result, assert, err, ok } from '@lib/kernel';
import { TILE_WIDTH } from './tile-path.ts';
import type { TlogError } from './tlog.errors.ts';

/** Length prefix of an entry, big-endian. Units: bytes. */
const PREFIX_BYTES = 2;
const ENTRY_BYTES_MAX = 65_535;

/** Writes 1 to 256 entries of at most 65,535 bytes one after the other, each behind its length. Source: C2SP tlog-tiles, Log entries. */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  assert(entries.length >= 1 && entries.length <= TILE_WIDTH, 'a bundle holds 1 to 256 entries');
  const bundle = new Uint8Array(entries.reduce((sum, entry) => sum + PREFIX_BYTES + entry.length, 0));
  const view = new DataView(bundle.buffer);
  let at = 0;
  for (const entry of entries) {
    assert(entry.length <= ENTRY_BYTES_MAX, 'an entry fits its 16-bit length');
    view.setUint16(at, entry.length);
    bundle.set(entry, at + PREFIX_BYTES);
    at += PREFIX_BYTES + entry.length;
  }
  return bundle;
}

/**
 * Reads a bundle; the entries are views into the bytes that are passed in.
 * Errors: `tlog.bundle_malformed`: cut short, empty, or more than 256 entries.
 */
export function decodeEntryBundle(bytes: Uint8Array): Result<readonly Uint8Array[], TlogError> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    if (entries.length === TILE_WIDTH || at + PREFIX_BYTES > bytes.length) return err({ code: 'tlog.bundle_malformed' });
    const end = at + PREFIX_BYTES + view.getUint16(at);
    if (end > bytes.length) return err({ code: 'tlog.bundle_malformed' });
    entries.push(bytes.subarray(at + PREFIX_BYTES, end));
    at = end;
  }
  return entries.length === 0 ? err({ code: 'tlog.bundle_malformed' }) : ok(entries);
}
