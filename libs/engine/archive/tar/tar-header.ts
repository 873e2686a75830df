import { Buffer } from 'node:buffer';
import type { ArchiveRefusalCode } from '@lib/contract';
import type { EntryKind } from '../archive-entry.ts';

/** Bytes of one block of a tar archive. */
export const blockBytes = 512;

/** What the header is about: an entry, an extended header for the next entry (or for all), or the end. */
export type TarRole = 'entry' | 'pax' | 'pax_global' | 'long_name' | 'long_link';

/** One header block, as it stands there. `isOld`: of a time when a folder was a file whose name ends with a slash. Units: bytes. */
export type TarHeader = {
  readonly role: TarRole;
  readonly kind: EntryKind;
  readonly isOld: boolean;
  readonly name: Uint8Array;
  readonly bytes: number;
};

/** Why a header is none. */
export type TarHeaderFault = { readonly fault: ArchiveRefusalCode };

const field = { name: [0, 100], size: [124, 136], checksum: [148, 156], magic: [257, 265], prefix: [345, 500] } as const;
const typeAt = 156;

const kinds: ReadonlyMap<string, EntryKind> = new Map([
  ['0', 'file'],
  ['\0', 'file'], // before POSIX
  ['7', 'file'], // contiguous
  ['1', 'hard_link'],
  ['2', 'symlink'],
  ['3', 'device'],
  ['4', 'device'],
  ['5', 'folder'],
  ['6', 'fifo'],
]);
const roles: ReadonlyMap<string, TarRole> = new Map([
  ['x', 'pax'],
  ['g', 'pax_global'],
  ['L', 'long_name'],
  ['K', 'long_link'],
]);

/** True when there is nothing but zeros, as in the blocks that end an archive. */
export function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.byteLength; at += 1) if (bytes[at] !== 0) return false;
  return true;
}

/**
 * Reads one header block; strict where readers differ: the checksum, the digits of a size, a size of something that has no bytes.
 * Source: POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar, "Basic Tar Format".
 */
export function readTarHeader(block: Uint8Array): TarHeader | TarHeaderFault {
  if (!checksumHolds(block)) return { fault: 'ingest.archive_corrupt' };
  const type = String.fromCharCode(block[typeAt] ?? 0);
  if (type === 'S') return { fault: 'ingest.archive_sparse' };
  const bytes = readSize(block);
  if (bytes === undefined) return { fault: 'ingest.archive_header_invalid' };
  const role = roles.get(type) ?? 'entry';
  const kind = kinds.get(type) ?? 'other';
  if (role === 'entry' && kind !== 'file' && kind !== 'other' && bytes > 0) return { fault: 'ingest.archive_ambiguous' };
  return { role, kind, isOld: type === '\0', name: nameOf(block), bytes };
}

const space = 0x20;

function checksumHolds(block: Uint8Array): boolean {
  const told = readOctal(block.subarray(...field.checksum));
  let sum = 0;
  for (let at = 0; at < blockBytes; at += 1) sum += block[at] ?? 0;
  for (let at: number = field.checksum[0]; at < field.checksum[1]; at += 1) sum += space - (block[at] ?? 0);
  return told === sum;
}

// Octal digits, or (for sizes) the big-endian number that GNU tar marks by the highest bit. A negative one is no size.
function readSize(block: Uint8Array): number | undefined {
  const bytes = block.subarray(...field.size);
  const first = bytes[0] ?? 0;
  if (first < 0x80) return readOctal(bytes);
  if (first !== 0x80) return undefined;
  const value = bytes.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
  return Number.isSafeInteger(value) ? value : undefined;
}

// Digits, with spaces before and NUL or spaces after; whatever else is there is read differently by different readers.
function readOctal(bytes: Uint8Array): number | undefined {
  const match = /^ *([0-7]*)[ \0]*$/u.exec(Buffer.from(bytes).toString('latin1'));
  if (match === null) return undefined;
  const value = Number.parseInt(match[1] === '' ? '0' : (match[1] ?? ''), 8);
  return Number.isSafeInteger(value) ? value : undefined;
}

function nameOf(block: Uint8Array): Uint8Array {
  const name = untilNul(block.subarray(...field.name));
  const isPosix = Buffer.from(block.subarray(...field.magic)).toString('latin1') === 'ustar\u000000';
  const prefix = isPosix ? untilNul(block.subarray(...field.prefix)) : new Uint8Array();
  return prefix.byteLength === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]);
}

function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}
