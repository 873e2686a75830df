import { Readable } from 'node:stream';
import { constants, createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { limits, type ArchiveFormat } from '@lib/contract';
import { refusal, type ArchiveRefusal } from '@lib/engine/archive';
import { err, ok, type Result } from '@lib/kernel';
import type { ArchiveInput } from './archive-input.ts';
import type { Unpacking } from './unpacking.ts';

/** A piece of what comes out, and how much has come out so far. Units: bytes. */
export type Unpacked = { readonly bytes: Uint8Array; readonly unpackedBytes: number };

type DecompressBounds = Pick<Unpacking['bounds'], 'archiveBytesMax' | 'archiveRatioMax' | 'archiveRatioGraceBytes'>;

const readAhead = 4; // chunks that the decompressor's own thread may be ahead of us

/**
 * Undoes the outer compression of a tar, on a thread of the pool, and watches what goes in and what comes out: size, ratio, truncation,
 * what follows the end. The last item is the refusal, if there is one. Source: RFC 1952, RFC 8878; CWE-409.
 */
export async function* decompress(
  input: ArchiveInput,
  format: Exclude<ArchiveFormat, 'zip'>,
  bounds: DecompressBounds,
): AsyncGenerator<Result<Unpacked, ArchiveRefusal>> {
  const taken = { bytes: 0 };
  const packed = measured(input, taken, bounds.archiveBytesMax);
  let unpackedBytes = 0;
  try {
    const source = format === 'tar' ? packed : inflated(packed, format);
    for await (const bytes of source) {
      unpackedBytes += bytes.byteLength;
      if (unpackedBytes > bounds.archiveRatioGraceBytes && unpackedBytes / taken.bytes > bounds.archiveRatioMax) {
        yield err(refusal('ingest.archive_expands_too_far'));
        return;
      }
      yield ok({ bytes, unpackedBytes });
    }
  } catch (error) {
    const refused = refusalOf(error);
    if (refused === undefined) throw error;
    yield err(refused);
  }
}

class TooLarge extends Error {}
class TrailingBytes extends Error {}

async function* measured(input: ArchiveInput, taken: { bytes: number }, bytesMax: number): AsyncGenerator<Uint8Array> {
  for await (const chunk of input.chunks()) {
    taken.bytes += chunk.byteLength;
    if (taken.bytes > bytesMax) throw new TooLarge();
    yield chunk;
  }
}

async function* inflated(packed: AsyncIterable<Uint8Array>, format: 'tar.gz' | 'tar.zst'): AsyncGenerator<Uint8Array> {
  const source = Readable.from(packed, { objectMode: true, highWaterMark: 2 });
  const unpacker = openDecompressor(format);
  source.once('error', (error) => unpacker.destroy(error));
  let given = 0;
  source.on('data', (chunk: Uint8Array) => void (given += chunk.byteLength));
  source.pipe(unpacker);
  try {
    for await (const chunk of unpacker) if (chunk instanceof Uint8Array) yield chunk;
    if (unpacker.bytesWritten < given) throw new TrailingBytes();
  } finally {
    source.destroy();
    unpacker.destroy();
  }
}

function openDecompressor(format: 'tar.gz' | 'tar.zst'): Gunzip | ZstdDecompress {
  const chunkSize = limits.archiveChunkBytes;
  const options = { chunkSize, readableHighWaterMark: readAhead * chunkSize };
  if (format === 'tar.gz') return createGunzip(options);
  return createZstdDecompress({ ...options, params: { [constants.ZSTD_d_windowLogMax]: limits.archiveWindowLog } });
}

function refusalOf(error: unknown): ArchiveRefusal | undefined {
  if (error instanceof TooLarge) return refusal('ingest.archive_too_large');
  if (error instanceof TrailingBytes) return refusal('ingest.archive_trailing_data');
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  if (error.code === 'Z_BUF_ERROR') return refusal('ingest.archive_truncated');
  if (error.code === 'ZSTD_error_frameParameter_windowTooLarge') return refusal('ingest.archive_header_too_large');
  return /^(?:Z_|ZSTD_)/u.test(error.code) ? refusal('ingest.archive_corrupt') : undefined;
}
