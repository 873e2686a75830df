import { Buffer } from 'node:buffer';
import { err, ok, type Result } from '@lib/kernel';
import type { ArchiveRefusalCode } from '@lib/contract';
import type { ArchiveBounds } from '../archive-bounds.ts';
import { refusal, type ArchiveRefusal, type EntryKind } from '../archive-entry.ts';
import { findDirectory } from './find-directory.ts';
import { readExtraFields, type ExtraFields } from './extra-fields.ts';
import { flag, type SeekableBytes, type ZipEntry } from './zip-entry.ts';

/** The entries of a zip in the order in which they lie there, and where the last one must end. Units: bytes. */
export type ZipDirectory = { readonly entries: readonly ZipEntry[]; readonly dataEnd: number };

type DirectoryBounds = Pick<ArchiveBounds, 'archiveDirectoryBytesMax' | 'archiveEntriesMax' | 'archiveRatioMax' | 'archiveRatioGraceBytes'>;

const signature = 0x02014b50;
const fixedBytes = 46;

/**
 * Reads the directory at the end of a zip and believes it only where nothing in the archive contradicts it: one end, no gap before it,
 * figures that agree with their zip64 twins, no other parts, nothing encrypted. Local headers are compared entry by entry afterwards.
 * Errors: `ingest.archive_*`. Source: PKWARE APPNOTE 6.3.10; D. Fifield, "A better zip bomb" (2019); CVE-2024-0450.
 */
export function readZipDirectory(source: SeekableBytes, bounds: DirectoryBounds): Result<ZipDirectory, ArchiveRefusal> {
  const found = findDirectory(source);
  if (!found.ok) return found;
  const { offset, bytes, count } = found.value;
  if (bytes > bounds.archiveDirectoryBytesMax) return err(refusal('ingest.archive_header_too_large'));
  if (count > bounds.archiveEntriesMax) return err(refusal('ingest.archive_too_many_entries'));
  const directory = Buffer.from(source.read(offset, bytes));
  const entries: ZipEntry[] = [];
  let at = 0;
  let unpackedBytes = 0;
  for (; entries.length < count;) {
    const entry = readEntry(directory, at, offset);
    if ('fault' in entry) return err(refusal(entry.fault, entry.shown));
    entries.push(entry.value);
    at = entry.end;
    unpackedBytes += entry.value.bytes;
  }
  if (at !== bytes) return err(refusal('ingest.archive_ambiguous'));
  if (unpackedBytes > bounds.archiveRatioGraceBytes && unpackedBytes / source.bytes > bounds.archiveRatioMax) {
    return err(refusal('ingest.archive_expands_too_far'));
  }
  return ok({ entries: entries.toSorted((a, b) => a.localOffset - b.localOffset), dataEnd: offset });
}

type Read = { readonly value: ZipEntry; readonly end: number } | { readonly fault: ArchiveRefusalCode; readonly shown?: string };

function readEntry(directory: Buffer, at: number, directoryOffset: number): Read {
  const spans = spansOf(directory, at);
  if (spans === undefined) return { fault: 'ingest.archive_header_invalid' };
  const { nameEnd, extraEnd, end } = spans;
  const flags = directory.readUInt16LE(at + 8);
  const method = directory.readUInt16LE(at + 10);
  const rawName = directory.subarray(at + fixedBytes, nameEnd);
  const shown = rawName.toString('latin1');
  const extra = readExtraFields(directory.subarray(nameEnd, extraEnd), {
    unpackedBytes: directory.readUInt32LE(at + 24),
    packedBytes: directory.readUInt32LE(at + 20),
    localOffset: directory.readUInt32LE(at + 42),
    disk: directory.readUInt16LE(at + 34),
    rawName,
  });
  if ('fault' in extra) return { fault: extra.fault, shown };
  const fault = refusedOf({ flags, method, extra, directoryOffset });
  if (fault !== undefined) return { fault, shown };
  const kind = kindOf({ hostSystem: directory.readUInt8(at + 5), attributes: directory.readUInt32LE(at + 38), rawName });
  if (kind === undefined || (kind === 'folder' && extra.unpackedBytes > 0)) return { fault: 'ingest.archive_ambiguous', shown };
  const value: ZipEntry = {
    name: nameOf(rawName, flags, extra),
    rawName,
    kind,
    bytes: extra.unpackedBytes,
    method: method === 0 ? 'stored' : 'deflated',
    flags,
    crc32: directory.readUInt32LE(at + 16),
    packedBytes: extra.packedBytes,
    localOffset: extra.localOffset,
  };
  return { value, end };
}

type Spans = { readonly nameEnd: number; readonly extraEnd: number; readonly end: number };

// Where the parts of the record at `at` end; undefined when there is no whole record.
function spansOf(directory: Buffer, at: number): Spans | undefined {
  if (at + fixedBytes > directory.byteLength || directory.readUInt32LE(at) !== signature) return undefined;
  const nameEnd = at + fixedBytes + directory.readUInt16LE(at + 28);
  const extraEnd = nameEnd + directory.readUInt16LE(at + 30);
  const end = extraEnd + directory.readUInt16LE(at + 32);
  return end > directory.byteLength ? undefined : { nameEnd, extraEnd, end };
}

type Refusing = { readonly flags: number; readonly method: number; readonly extra: ExtraFields; readonly directoryOffset: number };

function refusedOf({ flags, method, extra, directoryOffset }: Refusing): ArchiveRefusalCode | undefined {
  if ((flags & (flag.encrypted | flag.strongEncryption | flag.masked)) !== 0) return 'ingest.archive_encrypted';
  if (method !== 0 && method !== 8) return 'ingest.archive_method_unsupported';
  if ((flags & flag.patched) !== 0) return 'ingest.archive_method_unsupported';
  if (extra.disk !== 0) return 'ingest.archive_multi_part';
  if (method === 0 && extra.packedBytes !== extra.unpackedBytes) return 'ingest.archive_ambiguous';
  return extra.localOffset + extra.packedBytes > directoryOffset ? 'ingest.archive_header_invalid' : undefined;
}

// What has its own UTF-8 name beside an old one is called by it; which of the two are the same is checked with the extra fields.
function nameOf(rawName: Uint8Array, flags: number, extra: ExtraFields): Uint8Array {
  return (flags & flag.utf8) === 0 && extra.unicodeName !== undefined ? extra.unicodeName : rawName;
}

const fileTypes: ReadonlyMap<number, EntryKind> = new Map([
  [0o010000, 'fifo'],
  [0o020000, 'device'],
  [0o040000, 'folder'],
  [0o060000, 'device'],
  [0o100000, 'file'],
  [0o120000, 'symlink'],
  [0o140000, 'socket'],
]);
const unixHosts = [3, 19]; // Unix, OS X: the upper half of the attributes is a mode
const slash = 0x2f;

type KindOf = { readonly hostSystem: number; readonly attributes: number; readonly rawName: Uint8Array };

// A folder ends with a slash. A mode that says otherwise than the name is two answers.
function kindOf({ hostSystem, attributes, rawName }: KindOf): EntryKind | undefined {
  const byName: EntryKind = rawName.at(-1) === slash ? 'folder' : 'file';
  const type = (attributes >>> 16) & 0o170000;
  if (!unixHosts.includes(hostSystem) || type === 0) return byName;
  const byMode = fileTypes.get(type) ?? 'other';
  if (byMode === 'folder' || byMode === 'file') return byMode === byName ? byMode : undefined;
  return byName === 'folder' ? undefined : byMode;
}
