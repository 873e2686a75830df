import { type EventRow, eventColumns } from './event-row.ts';
import { type Thrift, thriftStruct } from './thrift-compact.ts';

/**
 * Why not a package: what must be written is one flat table of required columns, plain and uncompressed, group by group, resumable
 * between groups, and the same bytes from every version, so that a checker can make the file again. Source: Apache Parquet format 2.
 */
const magic = Buffer.from('PAR1', 'latin1');
const types = { int64: 2, byteArray: 6 } as const;
const utf8 = 0; // converted type
const plain = 0;
const rle = 3;

/** What must be remembered of a group that was written: its rows, and the bytes of each column. */
export type ParquetGroup = readonly number[];

/** First bytes of the file. */
export const parquetHead: Uint8Array = magic;

/** Encodes rows as one group: one page a column. */
export function parquetGroup(rows: readonly EventRow[]): { readonly bytes: Uint8Array; readonly group: ParquetGroup } {
  const chunks = eventColumns.map((name) => page(rows.length, name === 'leaf_index' ? indexes(rows) : texts(rows, name)));
  return { bytes: Buffer.concat(chunks), group: [rows.length, ...chunks.map((chunk) => chunk.length)] };
}

/** Last bytes of the file: the description of every group, its length, and the mark again. */
export function parquetTail(groups: readonly ParquetGroup[]): Uint8Array {
  let offset = magic.length;
  const rowGroups = groups.map(([rows = 0, ...sizes]): Thrift => {
    const columns = sizes.map((bytes, place): Thrift => {
      const chunk = column(place, { rows, bytes, offset });
      offset += bytes;
      return chunk;
    });
    return {
      struct: [
        [1, { list: columns }],
        [2, { i64: sizes.reduce((sum, bytes) => sum + bytes, 0) }],
        [3, { i64: rows }],
      ],
    };
  });
  const meta = thriftStruct([
    [1, { i32: 1 }],
    [2, { list: schema() }],
    [3, { i64: groups.reduce((sum, [rows = 0]) => sum + rows, 0) }],
    [4, { list: rowGroups }],
    [6, { text: 'Aegis audit export 1' }],
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  return Buffer.concat([meta, length, magic]);
}

function schema(): readonly Thrift[] {
  const root: Thrift = {
    struct: [
      [4, { text: 'audit_events_v1' }],
      [5, { i32: eventColumns.length }],
    ],
  };
  const leaves = eventColumns.map((name): Thrift => {
    const isIndex = name === 'leaf_index';
    const head = [
      [1, { i32: isIndex ? types.int64 : types.byteArray }],
      [3, { i32: 0 }], // required: text that is absent is empty
      [4, { text: name }],
    ] as const;
    return { struct: isIndex ? head : [...head, [6, { i32: utf8 }]] };
  });
  return [root, ...leaves];
}

function column(place: number, chunk: { readonly rows: number; readonly bytes: number; readonly offset: number }): Thrift {
  const name = eventColumns[place] ?? '';
  return {
    struct: [
      [2, { i64: chunk.offset }],
      [
        3,
        {
          struct: [
            [1, { i32: name === 'leaf_index' ? types.int64 : types.byteArray }],
            [2, { list: [{ i32: plain }, { i32: rle }] }],
            [3, { list: [{ text: name }] }],
            [4, { i32: 0 }], // not compressed
            [5, { i64: chunk.rows }],
            [6, { i64: chunk.bytes }],
            [7, { i64: chunk.bytes }],
            [9, { i64: chunk.offset }],
          ],
        },
      ],
    ],
  };
}

function page(rows: number, values: Uint8Array): Uint8Array {
  const head = thriftStruct([
    [1, { i32: 0 }],
    [2, { i32: values.length }],
    [3, { i32: values.length }],
    [
      5,
      {
        struct: [
          [1, { i32: rows }],
          [2, { i32: plain }],
          [3, { i32: rle }],
          [4, { i32: rle }],
        ],
      },
    ],
  ]);
  return Buffer.concat([head, values]);
}

function indexes(rows: readonly EventRow[]): Uint8Array {
  const bytes = Buffer.alloc(rows.length * 8);
  rows.forEach((row, place) => bytes.writeBigUInt64LE(BigInt(row.leaf_index), place * 8));
  return bytes;
}

// written in place: a buffer a cell would cost more than all the rest
function texts(rows: readonly EventRow[], name: Exclude<keyof EventRow, 'leaf_index'>): Uint8Array {
  const lengths = rows.map((row) => Buffer.byteLength(row[name], 'utf8'));
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + length, 0));
  let at = 0;
  rows.forEach((row, place) => {
    const length = lengths[place] ?? 0;
    bytes.writeUInt32LE(length, at);
    bytes.write(row[name], at + 4, length, 'utf8');
    at += 4 + length;
  });
  return bytes;
}
