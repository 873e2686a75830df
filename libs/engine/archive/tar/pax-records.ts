import { Buffer } from 'node:buffer';
import type { ArchiveRefusalCode } from '@lib/contract';

/** What an extended header says of the entry after it; everything else in it (times, owners, attributes) is not taken over. */
export type PaxRecords = { readonly path?: Uint8Array; readonly bytes?: number; readonly comment?: string };

const newline = 0x0a;
const equals = 0x3d;
const lengthDigitsMax = 6; // of a record in a header of at most archiveMetaBytesMax

/**
 * Reads the records of a pax extended header: `<length> <key>=<value>\n`. Strict: lengths must fit exactly, and what decides the entry
 * must be said once. Source: POSIX.1-2017, pax, "pax Header Block"; CVE-2025-62518 (size said twice).
 */
export function readPaxRecords(body: Uint8Array): PaxRecords | { readonly fault: ArchiveRefusalCode } {
  const records: { path?: Uint8Array; bytes?: number; comment?: string } = {};
  const seen = new Set<string>();
  for (let at = 0; at < body.byteLength;) {
    const record = readRecord(body, at);
    if (record === undefined) return { fault: 'ingest.archive_header_invalid' };
    at = record.end;
    const fault = take(records, seen, record);
    if (fault !== undefined) return { fault };
  }
  return records;
}

type PaxRecord = { readonly key: string; readonly value: Uint8Array; readonly end: number };

function readRecord(body: Uint8Array, start: number): PaxRecord | undefined {
  const digits = /^[1-9]\d* /u.exec(Buffer.from(body.subarray(start, start + lengthDigitsMax + 1)).toString('latin1'))?.[0];
  if (digits === undefined) return undefined;
  const end = start + Number.parseInt(digits, 10);
  const from = start + digits.length;
  if (end > body.byteLength || end - 1 <= from || body[end - 1] !== newline) return undefined;
  const at = body.subarray(from, end - 1).indexOf(equals);
  if (at <= 0) return undefined;
  return { key: Buffer.from(body.subarray(from, from + at)).toString('latin1'), value: body.slice(from + at + 1, end - 1), end };
}

function take(records: { path?: Uint8Array; bytes?: number; comment?: string }, seen: Set<string>, { key, value }: PaxRecord) {
  if (key.startsWith('GNU.sparse.')) return 'ingest.archive_sparse';
  if (!['path', 'linkpath', 'size', 'comment'].includes(key)) return undefined;
  if (seen.has(key) && key !== 'comment') return 'ingest.archive_ambiguous';
  seen.add(key);
  if (key === 'comment') records.comment = Buffer.from(value).toString('latin1');
  else if (key === 'size') return takeSize(records, value);
  else {
    if (value.includes(0)) return 'ingest.archive_path_nul';
    if (value.byteLength === 0) return 'ingest.archive_header_invalid';
    if (key === 'path') records.path = value;
  }
  return undefined;
}

function takeSize(records: { bytes?: number }, value: Uint8Array): ArchiveRefusalCode | undefined {
  const text = Buffer.from(value).toString('latin1');
  const bytes = Number(text);
  if (!/^\d+$/u.test(text) || !Number.isSafeInteger(bytes)) return 'ingest.archive_header_invalid';
  records.bytes = bytes;
  return undefined;
}
