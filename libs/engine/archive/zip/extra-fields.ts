import { Buffer } from 'node:buffer';
import { crc32Of } from './crc32.ts';
import type { ArchiveRefusalCode } from '@lib/contract';

/** The figures of a directory entry after its extra fields have been heard. Units: bytes. */
export type ExtraFields = {
  readonly unpackedBytes: number;
  readonly packedBytes: number;
  readonly localOffset: number;
  readonly disk: number;
  readonly unicodeName: Uint8Array | undefined;
};

/** The same as the plain entry says them; all ones where it cannot. */
export type PlainFields = Omit<ExtraFields, 'unicodeName'> & { readonly rawName: Uint8Array };

const zip64 = 0x0001;
const unicodePath = 0x7075;
const full32 = 0xffffffff;
const full16 = 0xffff;

/**
 * Reads the extra fields of a directory entry: the 64-bit figures and the Unicode name. A field that is there twice, does not fit, or
 * gives another name to a name that is UTF-8 already, is refused. Source: PKWARE APPNOTE 4.5.3, 4.6.9.
 */
export function readExtraFields(extra: Buffer, plain: PlainFields): ExtraFields | { readonly fault: ArchiveRefusalCode } {
  const fields = new Map<number, Buffer>();
  for (let at = 0; at < extra.byteLength;) {
    if (at + 4 > extra.byteLength) {
      if (extra.subarray(at).every((byte) => byte === 0)) break; // padding
      return { fault: 'ingest.archive_header_invalid' };
    }
    const id = extra.readUInt16LE(at);
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.byteLength) return { fault: 'ingest.archive_header_invalid' };
    if (fields.has(id) && (id === zip64 || id === unicodePath)) return { fault: 'ingest.archive_ambiguous' };
    fields.set(id, extra.subarray(at + 4, end));
    at = end;
  }
  const figures = figuresOf(fields.get(zip64), plain);
  if (figures === undefined) return { fault: 'ingest.archive_header_invalid' };
  const unicode = unicodeNameOf(fields.get(unicodePath), plain.rawName);
  if (unicode === 'ambiguous') return { fault: 'ingest.archive_ambiguous' };
  return { ...figures, unicodeName: unicode };
}

// The field holds, in this order, exactly those figures that the plain entry could not say.
function figuresOf(field: Buffer | undefined, plain: PlainFields): Omit<ExtraFields, 'unicodeName'> | undefined {
  const figures: number[] = [];
  let at = 0;
  for (const value of [plain.unpackedBytes, plain.packedBytes, plain.localOffset]) {
    if (value !== full32) {
      figures.push(value);
      continue;
    }
    if (field === undefined || at + 8 > field.byteLength) return undefined;
    figures.push(Number(field.readBigUInt64LE(at)));
    at += 8;
  }
  const [unpackedBytes = 0, packedBytes = 0, localOffset = 0] = figures;
  const isWide = plain.disk === full16 && field !== undefined && at + 4 <= field.byteLength;
  const disk = isWide ? field.readUInt32LE(at) : plain.disk;
  return figures.every((figure) => Number.isSafeInteger(figure)) ? { unpackedBytes, packedBytes, localOffset, disk } : undefined;
}

const unicodeHeadBytes = 5; // version, CRC-32 of the plain name

function unicodeNameOf(field: Buffer | undefined, rawName: Uint8Array): Uint8Array | undefined | 'ambiguous' {
  if (field === undefined || field.byteLength < unicodeHeadBytes || field[0] !== 1) return undefined;
  if (field.readUInt32LE(1) !== crc32Of(rawName)) return undefined; // the name was changed since, so the field is stale
  const name = field.subarray(unicodeHeadBytes);
  const isUtf8 = Buffer.from(rawName).equals(Buffer.from(Buffer.from(rawName).toString('utf8')));
  if (!isUtf8) return name;
  return Buffer.from(rawName).equals(name) ? undefined : 'ambiguous';
}
