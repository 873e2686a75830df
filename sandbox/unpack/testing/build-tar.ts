import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { ArchiveFormat } from '@lib/contract';
import type { Piece } from './piece.ts';

/** What a header says, by field; whatever is not said is what an honest writer says. `sizeField`: the twelve bytes as they are. */
export type RawHeader = {
  readonly name: string | Buffer;
  readonly type?: string;
  readonly bytes?: number;
  readonly sizeField?: Buffer;
  readonly link?: string;
  readonly magic?: string;
  readonly prefix?: string | Buffer;
};

/** How names that fit no plain header are written. */
export type TarDialect = 'ustar' | 'pax' | 'gnu';

const types = { file: '0', folder: '5', symlink: '2', hard_link: '1', fifo: '6', device: '3', block: '4' } as const;

/** One header block, with its checksum. */
export function tarHeader(raw: RawHeader): Buffer {
  const block = Buffer.alloc(512);
  Buffer.from(raw.name).copy(block, 0, 0, 100);
  block.write('0000644\0', 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  (raw.sizeField ?? Buffer.from(`${(raw.bytes ?? 0).toString(8).padStart(11, '0')}\0`, 'latin1')).copy(block, 124, 0, 12);
  block.write('00000000000\0', 136, 'latin1');
  block.write(raw.type ?? '0', 156, 'latin1');
  Buffer.from(raw.link ?? '').copy(block, 157, 0, 100);
  block.write(raw.magic ?? 'ustar\u000000', 257, 'latin1');
  Buffer.from(raw.prefix ?? '').copy(block, 345, 0, 155);
  return withChecksum(block);
}

/** Writes the sum that a header has to have. */
export function withChecksum(block: Buffer): Buffer {
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Bytes, filled up to whole blocks. */
export function padded(body: Buffer): Buffer {
  return Buffer.concat([body, Buffer.alloc((512 - (body.byteLength % 512)) % 512)]);
}

/** One record of a pax header, which counts its own length. */
export function paxRecord(key: string, value: string | Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  let length = rest.byteLength + 1;
  while (String(length).length + rest.byteLength !== length) length += 1;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** A pax header for the next entry; `g` for all that follow. */
export function paxHeader(records: readonly Buffer[], type = 'x'): Buffer {
  const body = Buffer.concat(records);
  return Buffer.concat([tarHeader({ name: 'PaxHeader', type, bytes: body.byteLength }), padded(body)]);
}

/** A GNU long name (or, by `type`, link) for the next entry. */
export function gnuLong(name: string | Buffer, type = 'L'): Buffer {
  const body = Buffer.concat([Buffer.from(name), Buffer.from('\0')]);
  return Buffer.concat([tarHeader({ name: '././@LongLink', type, bytes: body.byteLength, magic: 'ustar  \0' }), padded(body)]);
}

/** One entry of any kind in a dialect. */
export function tarPiece(piece: Piece, dialect: TarDialect = 'pax'): Buffer {
  const body = piece.kind === undefined || piece.kind === 'file' ? Buffer.from(piece.body ?? '') : Buffer.alloc(0);
  const name = Buffer.from(piece.name);
  const before = name.byteLength <= 100 && !name.includes(0) ? Buffer.alloc(0) : longName(name, dialect);
  const header = tarHeader({
    name: before.byteLength === 0 ? name : name.subarray(0, 100),
    type: types[piece.kind ?? 'file'],
    bytes: body.byteLength,
    ...(piece.link === undefined ? {} : { link: piece.link }),
    ...(dialect === 'gnu' ? { magic: 'ustar  \0' } : {}),
  });
  return Buffer.concat([before, header, padded(body)]);
}

function longName(name: Buffer, dialect: TarDialect): Buffer {
  return dialect === 'gnu' ? gnuLong(name) : paxHeader([paxRecord('path', name)]);
}

/** The end of an archive. */
export const tarEnd = Buffer.alloc(1024);

/** A whole archive. */
export function tarOf(pieces: readonly Piece[], dialect: TarDialect = 'pax'): Buffer {
  return Buffer.concat([...pieces.map((piece) => tarPiece(piece, dialect)), tarEnd]);
}

/** The outer compression of a format. */
export function packed(tar: Buffer, format: Exclude<ArchiveFormat, 'zip'>): Buffer {
  if (format === 'tar') return tar;
  return format === 'tar.gz' ? gzipSync(tar, { level: 1 }) : zstdCompressSync(tar);
}
