import { decodeEntryBundle, encodeEntryBundle } from '@lib/engine/tlog';

/** The entries of a bundle file. */
export function splitBundle(bytes: Uint8Array | undefined): readonly Uint8Array[] {
  const entries = decodeEntryBundle(bytes ?? new Uint8Array(0));
  if (!entries.ok) throw new Error(entries.error.code);
  return entries.value;
}

/** A bundle file of any number of entries: an attacker keeps no bound. */
export function encodeEntries(entries: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([entries.slice(0, 256), entries.slice(256)].flatMap((part) => (part.length === 0 ? [] : [encodeEntryBundle(part)])));
}
