import { crc32, deflateRawSync } from 'node:zlib';
import type { Piece } from './piece.ts';

/** What an entry of a zip says, in each of the two places. What is not said is true. Units: bytes. */
export type ZipPiece = Piece & {
  readonly method?: number;
  readonly flags?: number;
  readonly packedBody?: Buffer;
  readonly crc?: number;
  readonly bytes?: number;
  readonly packedBytes?: number;
  readonly mode?: number;
  readonly extra?: Buffer;
  readonly offset?: number;
  readonly disk?: number;
  readonly local?: {
    readonly name?: string | Buffer;
    readonly method?: number;
    readonly flags?: number;
    readonly crc?: number;
    readonly bytes?: number;
    readonly packedBytes?: number;
  };
  /** Bytes after the entry that no header speaks of, or a data descriptor. */
  readonly after?: Buffer;
  /** Not in the directory. */
  readonly unlisted?: boolean;
};

/** What the end of a zip says. */
export type ZipEnd = {
  readonly before?: Buffer;
  readonly gap?: Buffer;
  readonly count?: number;
  readonly bytes?: number;
  readonly offset?: number;
  readonly disk?: number;
  readonly comment?: Buffer;
  readonly zip64?: { readonly count?: number; readonly moved?: number };
};

const modes = {
  file: 0o100644,
  folder: 0o040755,
  symlink: 0o120777,
  hard_link: 0o100644,
  fifo: 0o010644,
  device: 0o020644,
  block: 0o060644,
};

/** A whole zip. */
export function zipOf(pieces: readonly ZipPiece[], end: ZipEnd = {}): Buffer {
  const parts: Buffer[] = [end.before ?? Buffer.alloc(0)];
  const directory: Buffer[] = [];
  let offset = parts[0]?.byteLength ?? 0;
  for (const piece of pieces) {
    const entry = figuresOf(piece);
    const whole = Buffer.concat([localHeader(piece, entry), entry.packedBody, piece.after ?? Buffer.alloc(0)]);
    parts.push(whole);
    if (piece.unlisted !== true) directory.push(directoryEntry(piece, entry, piece.offset ?? offset));
    offset += whole.byteLength;
  }
  const gap = end.gap ?? Buffer.alloc(0);
  const listed = Buffer.concat(directory);
  const place = { count: directory.length, bytes: listed.byteLength, offset };
  const before = offset + listed.byteLength + gap.byteLength;
  return Buffer.concat([...parts, listed, gap, end64(place, before, end.zip64), endRecord(place, end)]);
}

/** A descriptor as it follows an entry whose sizes were not known before. */
export function zipDescriptor(crc: number, packedBytes: number, bytes: number): Buffer {
  const record = Buffer.alloc(16);
  record.writeUInt32LE(0x08074b50, 0);
  record.writeUInt32LE(crc, 4);
  record.writeUInt32LE(packedBytes, 8);
  record.writeUInt32LE(bytes, 12);
  return record;
}

type Figures = {
  readonly name: Buffer;
  readonly method: number;
  readonly flags: number;
  readonly packedBody: Buffer;
  readonly crc: number;
  readonly bytes: number;
  readonly packedBytes: number;
};

function figuresOf(piece: ZipPiece): Figures {
  const body = Buffer.from(piece.kind === 'symlink' ? (piece.link ?? '') : (piece.body ?? ''));
  const method = piece.method ?? (body.byteLength === 0 ? 0 : 8);
  const packedBody = piece.packedBody ?? (method === 8 ? deflateRawSync(body) : body);
  return {
    name: Buffer.from(piece.name),
    method,
    flags: piece.flags ?? 0x800,
    packedBody,
    crc: piece.crc ?? crc32(body),
    bytes: piece.bytes ?? body.byteLength,
    packedBytes: piece.packedBytes ?? packedBody.byteLength,
  };
}

function localHeader(piece: ZipPiece, entry: Figures): Buffer {
  const local = piece.local ?? {};
  const name = Buffer.from(local.name ?? entry.name);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(local.flags ?? entry.flags, 6);
  header.writeUInt16LE(local.method ?? entry.method, 8);
  header.writeUInt32LE(local.crc ?? entry.crc, 14);
  header.writeUInt32LE(local.packedBytes ?? entry.packedBytes, 18);
  header.writeUInt32LE(local.bytes ?? entry.bytes, 22);
  header.writeUInt16LE(name.byteLength, 26);
  return Buffer.concat([header, name]);
}

function directoryEntry(piece: ZipPiece, entry: Figures, offset: number): Buffer {
  const extra = piece.extra ?? Buffer.alloc(0);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE((3 << 8) | 30, 4);
  header.writeUInt16LE(20, 6);
  header.writeUInt16LE(entry.flags, 8);
  header.writeUInt16LE(entry.method, 10);
  header.writeUInt32LE(entry.crc, 16);
  header.writeUInt32LE(entry.packedBytes, 20);
  header.writeUInt32LE(entry.bytes, 24);
  header.writeUInt16LE(entry.name.byteLength, 28);
  header.writeUInt16LE(extra.byteLength, 30);
  header.writeUInt16LE(piece.disk ?? 0, 34);
  header.writeUInt32LE(((piece.mode ?? modes[piece.kind ?? 'file']) << 16) >>> 0, 38);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, entry.name, extra]);
}

type Place = { readonly count: number; readonly bytes: number; readonly offset: number };

function endRecord(place: Place, end: ZipEnd): Buffer {
  const comment = end.comment ?? Buffer.alloc(0);
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(end.disk ?? 0, 4);
  record.writeUInt16LE(end.disk ?? 0, 6);
  record.writeUInt16LE(end.count ?? place.count, 8);
  record.writeUInt16LE(end.count ?? place.count, 10);
  record.writeUInt32LE(end.bytes ?? place.bytes, 12);
  record.writeUInt32LE(end.offset ?? place.offset, 16);
  record.writeUInt16LE(comment.byteLength, 20);
  return Buffer.concat([record, comment]);
}

function end64(place: Place, at: number, claim: ZipEnd['zip64']): Buffer {
  if (claim === undefined) return Buffer.alloc(0);
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(claim.count ?? place.count), 24);
  record.writeBigUInt64LE(BigInt(claim.count ?? place.count), 32);
  record.writeBigUInt64LE(BigInt(place.bytes), 40);
  record.writeBigUInt64LE(BigInt(place.offset + (claim.moved ?? 0)), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(at), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator]);
}
