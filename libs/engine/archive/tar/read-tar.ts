import { Buffer } from 'node:buffer';
import type { ArchiveRefusalCode } from '@lib/contract';
import type { ArchiveBounds } from '../archive-bounds.ts';
import { refusal, type ArchiveEntry, type ArchiveRefusal } from '../archive-entry.ts';
import { packedFormatOf } from '../sniff-format.ts';
import { readPaxRecords, type PaxRecords } from './pax-records.ts';
import { blockBytes, isZero, readTarHeader, type TarHeader } from './tar-header.ts';

/** Who takes what is read. `body` follows an entry whose `onEntry` said `store`, in parts, the last one marked; empty files have one empty part. */
export type TarSink = {
  readonly onEntry: (entry: ArchiveEntry) => 'store' | 'skip' | ArchiveRefusal;
  readonly onBody: (part: Uint8Array, isLast: boolean) => void;
  /** The comment of a global header: git hosts write the commit there. */
  readonly onComment: (comment: string) => void;
};

/** A reader that is pushed bytes and holds no more than one header. A refusal is final. */
export type TarReader = {
  readonly push: (chunk: Uint8Array) => ArchiveRefusal | undefined;
  /** Says that no bytes follow. */
  readonly end: () => ArchiveRefusal | undefined;
};

type TarBounds = Pick<ArchiveBounds, 'archiveMetaBytesMax' | 'archiveMetaPerEntryMax'>;

/**
 * Reads a tar archive of any of its dialects (v7, ustar, pax, GNU). What two readers could understand differently is refused, not guessed.
 * Units: bytes. Errors: `ingest.archive_*`. Source: POSIX.1-2017, pax; GNU tar manual; CVE-2025-62518.
 */
export function readTar(sink: TarSink, bounds: TarBounds): TarReader {
  const state: State = {
    sink,
    bounds,
    phase: 'header',
    held: Buffer.alloc(blockBytes),
    heldBytes: 0,
    left: 0,
    padding: 0,
    storing: false,
    meta: undefined,
    metaCount: 0,
    pax: undefined,
    longName: undefined,
    blocks: 0,
    refused: undefined,
  };
  return {
    push: (chunk) => {
      for (let at = 0; at < chunk.byteLength && state.refused === undefined;) at = step(state, chunk, at);
      return state.refused;
    },
    end: () => {
      state.refused ??= state.phase === 'trailer' ? undefined : refusal('ingest.archive_truncated');
      return state.refused;
    },
  };
}

/** The bytes of an extended header, as they come. */
type Meta = { readonly role: TarHeader['role']; readonly body: Buffer; filled: number };

type State = {
  readonly sink: TarSink;
  readonly bounds: TarBounds;
  phase: 'header' | 'body' | 'meta' | 'padding' | 'trailer';
  readonly held: Buffer;
  heldBytes: number;
  left: number;
  padding: number;
  storing: boolean;
  meta: Meta | undefined;
  metaCount: number;
  pax: PaxRecords | undefined;
  longName: Uint8Array | undefined;
  blocks: number;
  refused: ArchiveRefusal | undefined;
};

// Takes what the phase wants of the chunk from `at` on, and answers where to go on.
function step(state: State, chunk: Uint8Array, at: number): number {
  switch (state.phase) {
    case 'header':
      return takeHeader(state, chunk, at);
    case 'body':
      return takeBody(state, chunk, at);
    case 'meta':
      return takeMeta(state, chunk, at);
    case 'padding':
      return takePadding(state, chunk, at);
    case 'trailer':
      if (!isZero(chunk.subarray(at))) refuse(state, 'ingest.archive_trailing_data');
      return chunk.byteLength;
  }
}

function refuse(state: State, code: ArchiveRefusalCode): void {
  state.refused ??= refusal(code);
}

function takeHeader(state: State, chunk: Uint8Array, at: number): number {
  if (state.heldBytes === 0 && chunk.byteLength - at >= blockBytes) {
    onBlock(state, chunk.subarray(at, at + blockBytes));
    return at + blockBytes;
  }
  const part = chunk.subarray(at, at + blockBytes - state.heldBytes);
  state.held.set(part, state.heldBytes);
  state.heldBytes += part.byteLength;
  if (state.heldBytes === blockBytes) {
    state.heldBytes = 0;
    onBlock(state, state.held);
  }
  return at + part.byteLength;
}

function onBlock(state: State, block: Uint8Array): void {
  state.blocks += 1;
  if (isZero(block)) {
    if (state.metaCount > 0) {
      refuse(state, 'ingest.archive_truncated');
      return;
    }
    state.phase = 'trailer';
    return;
  }
  const header = readTarHeader(block);
  if ('fault' in header) {
    const isPacked = state.blocks === 1 && packedFormatOf(block) !== undefined;
    refuse(state, isPacked ? 'ingest.archive_nested_compression' : header.fault);
    return;
  }
  if (header.role === 'entry') startEntry(state, header);
  else startMeta(state, header);
}

function startMeta(state: State, header: TarHeader): void {
  state.metaCount += 1;
  if (header.bytes > state.bounds.archiveMetaBytesMax) {
    refuse(state, 'ingest.archive_header_too_large');
    return;
  }
  if (state.metaCount > state.bounds.archiveMetaPerEntryMax) {
    refuse(state, 'ingest.archive_header_too_large');
    return;
  }
  state.meta = { role: header.role, body: Buffer.alloc(header.bytes), filled: 0 };
  expectBytes(state, 'meta', header.bytes);
  if (header.bytes === 0) endMeta(state);
}

function startEntry(state: State, header: TarHeader): void {
  const entry = entryOf(state, header);
  if (entry === undefined) {
    refuse(state, 'ingest.archive_ambiguous');
    return;
  }
  const verdict = state.sink.onEntry(entry);
  state.pax = undefined;
  state.longName = undefined;
  state.metaCount = 0;
  if (typeof verdict !== 'string') {
    state.refused = verdict;
    return;
  }
  state.storing = verdict === 'store';
  expectBytes(state, 'body', entry.bytes);
  if (entry.bytes === 0 && state.storing) state.sink.onBody(new Uint8Array(), true);
}

// What a header and the extended headers before it say together; undefined when they contradict each other.
function entryOf({ pax, longName }: State, header: TarHeader): ArchiveEntry | undefined {
  const bytes = sizeOf(header, pax);
  const path = pax?.path;
  if (bytes === undefined || (path !== undefined && longName !== undefined)) return undefined;
  const name = path ?? longName ?? header.name;
  const isFolderByName = header.kind === 'file' && name.at(-1) === slash;
  if (isFolderByName && (!header.isOld || bytes > 0)) return undefined;
  return { name, kind: isFolderByName ? 'folder' : header.kind, bytes };
}

const slash = 0x2f;
const octalSizeEnd = 8 ** 11; // the largest size that a plain header can say, and one

// A size that is said twice must be one size, unless the plain header cannot say it.
function sizeOf(header: TarHeader, pax: PaxRecords | undefined): number | undefined {
  const said = pax?.bytes;
  if (said === undefined) return header.bytes;
  if (header.kind !== 'file') return said === 0 ? 0 : undefined;
  return said === header.bytes || said >= octalSizeEnd ? said : undefined;
}

function expectBytes(state: State, phase: 'body' | 'meta', bytes: number): void {
  state.left = bytes;
  state.padding = (blockBytes - (bytes % blockBytes)) % blockBytes;
  state.phase = bytes === 0 ? 'header' : phase;
}

function takeBody(state: State, chunk: Uint8Array, at: number): number {
  const part = chunk.subarray(at, at + Math.min(state.left, chunk.byteLength - at));
  state.left -= part.byteLength;
  if (state.storing) state.sink.onBody(part, state.left === 0);
  if (state.left === 0) state.phase = state.padding === 0 ? 'header' : 'padding';
  return at + part.byteLength;
}

function takeMeta(state: State, chunk: Uint8Array, at: number): number {
  const part = chunk.subarray(at, at + Math.min(state.left, chunk.byteLength - at));
  if (state.meta !== undefined) {
    state.meta.body.set(part, state.meta.filled);
    state.meta.filled += part.byteLength;
  }
  state.left -= part.byteLength;
  if (state.left === 0) {
    state.phase = state.padding === 0 ? 'header' : 'padding';
    endMeta(state);
  }
  return at + part.byteLength;
}

// What is in the padding is nobody's: writers leave rubbish there.
function takePadding(state: State, chunk: Uint8Array, at: number): number {
  const taken = Math.min(state.padding, chunk.byteLength - at);
  state.padding -= taken;
  if (state.padding === 0) state.phase = 'header';
  return at + taken;
}

function endMeta(state: State): void {
  const { meta } = state;
  state.meta = undefined;
  if (meta === undefined) return;
  if (meta.role === 'pax' || meta.role === 'pax_global') {
    endPax(state, meta);
    return;
  }
  const name = longNameOf(meta.body);
  if (name === undefined) {
    refuse(state, 'ingest.archive_path_nul');
    return;
  }
  if (meta.role === 'long_link') return;
  if (state.longName !== undefined) {
    refuse(state, 'ingest.archive_ambiguous');
    return;
  }
  state.longName = name;
}

function endPax(state: State, meta: Meta): void {
  const records = readPaxRecords(meta.body);
  if ('fault' in records) {
    refuse(state, records.fault);
    return;
  }
  if (meta.role === 'pax_global') {
    // it would hold for every entry to come: nobody writes that but to mislead
    if (records.path !== undefined || records.bytes !== undefined) {
      refuse(state, 'ingest.archive_ambiguous');
      return;
    }
    state.metaCount = 0;
    if (records.comment !== undefined) state.sink.onComment(records.comment);
    return;
  }
  if (state.pax !== undefined) {
    refuse(state, 'ingest.archive_ambiguous');
    return;
  }
  state.pax = records;
}

// Ends with a NUL; one in the middle would end the name for some readers only.
function longNameOf(body: Uint8Array): Uint8Array | undefined {
  const end = body.indexOf(0);
  if (end < 0) return body;
  return isZero(body.subarray(end)) ? body.subarray(0, end) : undefined;
}
