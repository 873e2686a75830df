import { crc32, inflateRawSync } from 'node:zlib';
import { checkLocalHeader, readZipDirectory, refusal, type ArchiveRefusal, type SeekableBytes, type ZipEntry } from '@lib/engine/archive';
import type { ArchiveInput } from './archive-input.ts';
import type { Unpacking } from './unpacking.ts';

/** Unpacks a zip, entry by entry in the order in which they lie there. Answers why it was refused. */
export function unpackZip(input: ArchiveInput, unpacking: Unpacking): ArchiveRefusal | undefined {
  const source = input.seekable;
  if (source === undefined) return refusal('ingest.archive_format_unknown'); // a pipe has no end to begin with
  if (source.bytes > unpacking.bounds.archiveBytesMax) return refusal('ingest.archive_too_large');
  const directory = readZipDirectory(source, unpacking.bounds);
  if (!directory.ok) return directory.error;
  const { entries, dataEnd } = directory.value;
  let expectedOffset = 0;
  for (const entry of entries) {
    const data = checkLocalHeader(source, entry, { expectedOffset, dataEnd });
    if (!data.ok) return data.error;
    expectedOffset = data.value.next;
    const refused = unpackEntry({ source, entry, start: data.value.start }, unpacking);
    if (refused !== undefined) return refused;
  }
  return expectedOffset === dataEnd ? undefined : refusal('ingest.archive_hidden_data');
}

type Unpackable = { readonly source: SeekableBytes; readonly entry: ZipEntry; readonly start: number };

// What is not stored is not unpacked either.
function unpackEntry({ source, entry, start }: Unpackable, { admission, bounds, onFile }: Unpacking): ArchiveRefusal | undefined {
  const shown = Buffer.from(entry.rawName).toString('latin1');
  const verdict = admission.admit(entry);
  if (verdict.outcome === 'refuse') return verdict.refusal;
  if (verdict.outcome === 'skip') return undefined;
  // deflate adds five bytes to 16 KiB at worst; anything longer hides something
  if (entry.packedBytes > bounds.storedFileBytesMax + bounds.storedFileBytesMax / 1024) return refusal('ingest.archive_ambiguous', shown);
  const bytes = inflate(source.read(start, entry.packedBytes), entry);
  if (bytes?.byteLength !== entry.bytes || crc32(bytes) !== entry.crc32) {
    return refusal('ingest.archive_corrupt', shown);
  }
  onFile(verdict.file, verdict.path, bytes);
  return undefined;
}

// The stream must end with the last packed byte, and give no more than it says: one byte over is enough to know.
function inflate(packed: Uint8Array, entry: ZipEntry): Uint8Array | undefined {
  if (packed.byteLength !== entry.packedBytes) return undefined;
  if (entry.method === 'stored') return packed;
  try {
    const result: unknown = inflateRawSync(packed, { maxOutputLength: entry.bytes + 1, info: true });
    return isWhole(result) && result.engine.bytesWritten === packed.byteLength ? result.buffer : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(?:Z_|ERR_BUFFER_TOO_LARGE)/u.test(error.code)) {
      return undefined;
    }
    throw error;
  }
}

// Types of Node do not know `info`.
function isWhole(result: unknown): result is { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } } {
  if (typeof result !== 'object' || result === null || !('buffer' in result) || !('engine' in result)) return false;
  const { buffer, engine } = result;
  return buffer instanceof Uint8Array && typeof engine === 'object' && engine !== null && 'bytesWritten' in engine;
}
