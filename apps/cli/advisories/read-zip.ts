import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32, inflateRawSync } from 'node:zlib';
import { limits } from '@lib/contract';
import { checkLocalHeader, readZipDirectory, type SeekableBytes, type ZipEntry } from '@lib/engine/archive';
import { err, ok, type Result } from '@lib/kernel';

/** Why an archive is not read: the code of the unpacker's own rule, or that one file in it is longer than a document may be. */
export type ZipError = { readonly code: string };

const bounds = {
  archiveDirectoryBytesMax: limits.advisoryDirectoryBytesMax,
  archiveEntriesMax: limits.advisoryDocumentsMax,
  archiveRatioMax: limits.archiveRatioMax,
  archiveRatioGraceBytes: limits.archiveRatioGraceBytes,
};

/**
 * Reads the files of a zip one by one, in the order in which they lie there; `onFile` gets each whole, and nothing is written. The archive is
 * held to the rules by which those of customers are. Errors: `ingest.archive_*`. Source: CWE-409, CVE-2024-0450.
 */
export function readZip(file: string, onFile: (name: string, bytes: Uint8Array) => void): Result<undefined, ZipError> {
  const descriptor = openSync(file, 'r');
  try {
    return readEntries(seekable(descriptor), onFile);
  } finally {
    closeSync(descriptor);
  }
}

function readEntries(source: SeekableBytes, onFile: (name: string, bytes: Uint8Array) => void): Result<undefined, ZipError> {
  const directory = readZipDirectory(source, bounds);
  if (!directory.ok) return directory;
  const { entries, dataEnd } = directory.value;
  let expectedOffset = 0;
  for (const entry of entries) {
    const data = checkLocalHeader(source, entry, { expectedOffset, dataEnd });
    if (!data.ok) return data;
    expectedOffset = data.value.next;
    if (entry.kind !== 'file') continue;
    if (Math.max(entry.bytes, entry.packedBytes) > limits.advisoryTableBytesMax) return err({ code: 'ingest.archive_entry_too_large' });
    const bytes = unpacked(source.read(data.value.start, entry.packedBytes), entry);
    if (bytes?.byteLength !== entry.bytes || crc32(bytes) !== entry.crc32) return err({ code: 'ingest.archive_corrupt' });
    onFile(Buffer.from(entry.rawName).toString('utf8'), bytes);
  }
  return ok(undefined);
}

// One byte more than it says is enough to know that it lies.
function unpacked(packed: Uint8Array, entry: ZipEntry): Uint8Array | undefined {
  if (entry.method === 'stored') return packed;
  try {
    return inflateRawSync(packed, { maxOutputLength: entry.bytes + 1 });
  } catch {
    return undefined;
  }
}

function seekable(descriptor: number): SeekableBytes {
  return {
    bytes: fstatSync(descriptor).size,
    read: (offset, length) => {
      const buffer = Buffer.alloc(length);
      let filled = 0;
      while (filled < length) {
        const got = readSync(descriptor, buffer, filled, length - filled, offset + filled);
        if (got === 0) break; // the file is shorter than it was: readers notice
        filled += got;
      }
      return buffer.subarray(0, filled);
    },
  };
}
