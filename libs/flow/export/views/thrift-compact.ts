/** A value of the Thrift compact protocol; a struct is its fields by number, in rising order. */
export type Thrift =
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly text: string }
  | { readonly list: readonly Thrift[] }
  | { readonly struct: readonly (readonly [number, Thrift])[] };

const kinds = { i32: 5, i64: 6, text: 8, list: 9, struct: 12 } as const;

/** Encodes a struct. Numbers are non-negative safe integers. Source: Apache Thrift, compact protocol. */
export function thriftStruct(fields: readonly (readonly [number, Thrift])[]): Uint8Array {
  const bytes: number[] = [];
  writeStruct(bytes, fields);
  return Uint8Array.from(bytes);
}

function writeStruct(bytes: number[], fields: readonly (readonly [number, Thrift])[]): void {
  let last = 0;
  for (const [id, value] of fields) {
    bytes.push(((id - last) << 4) | kindOf(value)); // fields of ours are less than 16 apart
    writeValue(bytes, value);
    last = id;
  }
  bytes.push(0);
}

function writeValue(bytes: number[], value: Thrift): void {
  if ('i32' in value) writeVarint(bytes, value.i32 * 2);
  else if ('i64' in value) writeVarint(bytes, value.i64 * 2);
  else if ('text' in value) {
    const encoded = Buffer.from(value.text, 'utf8');
    writeVarint(bytes, encoded.length);
    for (const byte of encoded) bytes.push(byte);
  } else if ('list' in value) writeList(bytes, value.list);
  else writeStruct(bytes, value.struct);
}

function writeList(bytes: number[], items: readonly Thrift[]): void {
  const kind = items[0] === undefined ? kinds.struct : kindOf(items[0]);
  if (items.length < 15) bytes.push((items.length << 4) | kind);
  else {
    bytes.push(0xf0 | kind);
    writeVarint(bytes, items.length);
  }
  for (const item of items) writeValue(bytes, item);
}

// the doubling of the zigzag form may leave 32 bits, so no shifts here
function writeVarint(bytes: number[], value: number): void {
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
}

function kindOf(value: Thrift): number {
  if ('i32' in value) return kinds.i32;
  if ('i64' in value) return kinds.i64;
  if ('text' in value) return kinds.text;
  return 'list' in value ? kinds.list : kinds.struct;
}
