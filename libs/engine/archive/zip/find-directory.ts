import { Buffer } from 'node:buffer';
import { err, ok, type Result } from '@lib/kernel';
import { refusal, type ArchiveRefusal } from '../archive-entry.ts';
import type { SeekableBytes } from './zip-entry.ts';

/** Where the directory of a zip lies. Units: bytes. */
export type DirectoryPlace = { readonly offset: number; readonly bytes: number; readonly count: number };

const endSignature = 0x06054b50;
const endBytes = 22;
const commentBytesMax = 0xffff;
const locatorSignature = 0x07064b50;
const locatorBytes = 20;
const end64Signature = 0x06064b50;
const end64Bytes = 56;

/**
 * Finds the directory by the record at the very end. Exactly one record may fit there, and the directory must lie right before it: a
 * second record, a gap or bytes in front are what one reader sees and another does not. Errors: `ingest.archive_*`.
 * Source: PKWARE APPNOTE 4.3.14 to 4.3.16.
 */
export function findDirectory(source: SeekableBytes): Result<DirectoryPlace, ArchiveRefusal> {
  const tailBytes = Math.min(source.bytes, endBytes + commentBytesMax);
  const tail = Buffer.from(source.read(source.bytes - tailBytes, tailBytes));
  const candidates = endsIn(tail);
  const [only, ...others] = candidates;
  if (only === undefined) return err(refusal('ingest.archive_truncated'));
  if (others.length > 0) return err(refusal('ingest.archive_ambiguous'));
  const small = readEnd(tail.subarray(only));
  if (small === undefined) return err(refusal('ingest.archive_multi_part'));
  const endOffset = source.bytes - tailBytes + only;
  const large = readEnd64(source, endOffset);
  return large === 'invalid' ? err(refusal('ingest.archive_header_invalid')) : choose(small, large, endOffset);
}

function choose(small: DirectoryPlace, large: End64 | undefined, endOffset: number): Result<DirectoryPlace, ArchiveRefusal> {
  if (large === undefined && isMarked(small)) return err(refusal('ingest.archive_header_invalid'));
  if (large !== undefined && !agrees(small, large.place)) return err(refusal('ingest.archive_ambiguous'));
  const { place, offset } = large ?? { place: small, offset: endOffset };
  return place.offset + place.bytes === offset ? ok(place) : err(refusal('ingest.archive_hidden_data'));
}

// Undefined for one part of several.
function readEnd(end: Buffer): DirectoryPlace | undefined {
  const [thisDisk, directoryDisk, countHere, count] = [4, 6, 8, 10].map((at) => end.readUInt16LE(at));
  if ((thisDisk !== 0 && thisDisk !== 0xffff) || directoryDisk !== thisDisk || countHere !== count) return undefined;
  return { offset: end.readUInt32LE(16), bytes: end.readUInt32LE(12), count: count ?? 0 };
}

// Every place from which a record with its comment reaches exactly to the end.
function endsIn(tail: Buffer): readonly number[] {
  const found: number[] = [];
  for (let at = tail.byteLength - endBytes; at >= 0; at -= 1) {
    if (tail[at] !== 0x50 || tail.readUInt32LE(at) !== endSignature) continue;
    if (at + endBytes + tail.readUInt16LE(at + 20) === tail.byteLength) found.push(at);
  }
  return found;
}

type End64 = { readonly offset: number; readonly place: DirectoryPlace };

function readEnd64(source: SeekableBytes, endOffset: number): End64 | 'invalid' | undefined {
  if (endOffset < locatorBytes) return undefined;
  const locator = Buffer.from(source.read(endOffset - locatorBytes, locatorBytes));
  if (locator.readUInt32LE(0) !== locatorSignature) return undefined;
  const offset = Number(locator.readBigUInt64LE(8));
  const isOnePart = locator.readUInt32LE(4) === 0 && locator.readUInt32LE(16) <= 1;
  // what could lie between the two is for encryption
  if (!isOnePart || offset + end64Bytes !== endOffset - locatorBytes) return 'invalid';
  const place = readRecord64(Buffer.from(source.read(offset, end64Bytes)));
  return place === undefined ? 'invalid' : { offset, place };
}

function readRecord64(record: Buffer): DirectoryPlace | undefined {
  const [recordBytes, countHere, count, bytes = 0, at = 0] = [4, 24, 32, 40, 48].map((place) => Number(record.readBigUInt64LE(place)));
  const isWhole = record.readUInt32LE(0) === end64Signature && recordBytes === end64Bytes - 12 && record.readBigUInt64LE(16) === 0n;
  return isWhole && countHere === count ? { offset: at, bytes, count: count ?? 0 } : undefined;
}

// The plain record either says the same or that it cannot say it.
function agrees(small: DirectoryPlace, large: DirectoryPlace): boolean {
  return (
    (small.offset === 0xffffffff || small.offset === large.offset) &&
    (small.bytes === 0xffffffff || small.bytes === large.bytes) &&
    (small.count === 0xffff || small.count === large.count)
  );
}

function isMarked(small: DirectoryPlace): boolean {
  return small.offset === 0xffffffff || small.bytes === 0xffffffff;
}
