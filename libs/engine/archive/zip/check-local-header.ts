import { Buffer } from 'node:buffer';
import { err, ok, type Result } from '@lib/kernel';
import { refusal, type ArchiveRefusal } from '../archive-entry.ts';
import { flag, type SeekableBytes, type ZipEntry } from './zip-entry.ts';

/** Where the packed bytes of an entry begin and where the next entry must begin. Units: bytes. */
export type ZipData = { readonly start: number; readonly next: number };

const signature = 0x04034b50;
const fixedBytes = 30;
const full32 = 0xffffffff;

/**
 * Compares the local header of an entry with what the directory says of it, finds its bytes, and the descriptor after them. The entry must
 * begin where the one before it ended (`expectedOffset`): earlier is an overlap, later leaves bytes that only other readers would see.
 * Errors: `ingest.archive_*`. Source: PKWARE APPNOTE 4.3.7, 4.3.9; CVE-2024-0450 (quoted overlap).
 */
export function checkLocalHeader(
  source: SeekableBytes,
  entry: ZipEntry,
  place: { readonly expectedOffset: number; readonly dataEnd: number },
): Result<ZipData, ArchiveRefusal> {
  const refuse = (code: ArchiveRefusal['code']) => err(refusal(code, Buffer.from(entry.rawName).toString('latin1')));
  if (entry.localOffset < place.expectedOffset) return refuse('ingest.archive_overlapping_entries');
  if (entry.localOffset > place.expectedOffset) return refuse('ingest.archive_hidden_data');
  if (entry.localOffset + fixedBytes > place.dataEnd) return refuse('ingest.archive_header_invalid');
  const header = Buffer.from(source.read(entry.localOffset, fixedBytes));
  if (header.readUInt32LE(0) !== signature) return refuse('ingest.archive_header_invalid');
  const nameBytes = header.readUInt16LE(26);
  const start = entry.localOffset + fixedBytes + nameBytes + header.readUInt16LE(28);
  const dataEnd = start + entry.packedBytes;
  if (dataEnd > place.dataEnd) return refuse('ingest.archive_overlapping_entries');
  const name = Buffer.from(source.read(entry.localOffset + fixedBytes, nameBytes));
  if (!name.equals(entry.rawName) || !figuresAgree(header, entry)) return refuse('ingest.archive_ambiguous');
  if ((entry.flags & flag.descriptor) === 0) return ok({ start, next: dataEnd });
  const descriptor = descriptorBytes(Buffer.from(source.read(dataEnd, Math.min(descriptorBytesMax, place.dataEnd - dataEnd))), entry);
  return descriptor === undefined ? refuse('ingest.archive_ambiguous') : ok({ start, next: dataEnd + descriptor });
}

// With a descriptor the local figures may be 0: they were not known yet. In zip64 they may be all ones.
function figuresAgree(header: Buffer, entry: ZipEntry): boolean {
  const isLater = (entry.flags & flag.descriptor) !== 0;
  const fits = (told: number, known: number): boolean => told === known || (isLater && told === 0);
  const method = entry.method === 'stored' ? 0 : 8;
  return (
    header.readUInt16LE(6) === entry.flags &&
    header.readUInt16LE(8) === method &&
    fits(header.readUInt32LE(14), entry.crc32) &&
    (header.readUInt32LE(18) === full32 || fits(header.readUInt32LE(18), entry.packedBytes)) &&
    (header.readUInt32LE(22) === full32 || fits(header.readUInt32LE(22), entry.bytes))
  );
}

const descriptorSignature = 0x08074b50;
const descriptorBytesMax = 24;

// With or without its signature, with 32-bit or 64-bit sizes: the first form that says what the directory says.
function descriptorBytes(bytes: Buffer, entry: ZipEntry): number | undefined {
  for (const head of [4, 0]) {
    if (head === 4 && (bytes.byteLength < 4 || bytes.readUInt32LE(0) !== descriptorSignature)) continue;
    for (const size of [4, 8]) {
      const end = head + 4 + 2 * size;
      if (end > bytes.byteLength) continue;
      const figure = (at: number): number => (size === 4 ? bytes.readUInt32LE(at) : Number(bytes.readBigUInt64LE(at)));
      const agrees =
        bytes.readUInt32LE(head) === entry.crc32 && figure(head + 4) === entry.packedBytes && figure(head + 4 + size) === entry.bytes;
      if (agrees) return end;
    }
  }
  return undefined;
}
