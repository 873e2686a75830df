import { fstatSync, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { limits } from '@lib/contract';
import type { SeekableBytes } from '@lib/engine/archive';

/** The bytes of an archive, in order; `seekable` when they can be read anywhere, as a zip must be. Units: bytes. */
export type ArchiveInput = { readonly chunks: () => AsyncIterable<Uint8Array>; readonly seekable: SeekableBytes | undefined };

/** A descriptor as input: read synchronously where it is a file, as it comes (from `stream`) where it is a pipe. */
export function archiveInput(descriptor: number, stream: () => Readable): ArchiveInput {
  const found = fstatSync(descriptor);
  if (!found.isFile()) return { chunks: () => piped(stream()), seekable: undefined };
  const read = (offset: number, length: number): Buffer => {
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const got = readSync(descriptor, buffer, filled, length - filled, offset + filled);
      if (got === 0) break; // the file is shorter than it was: the rest is missing, which readers notice
      filled += got;
    }
    return buffer.subarray(0, filled);
  };
  return { chunks: () => inTurn(read), seekable: { bytes: found.size, read } };
}

async function* piped(stream: Readable): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) if (chunk instanceof Uint8Array) yield chunk;
}

async function* inTurn(read: (offset: number, length: number) => Buffer): AsyncGenerator<Uint8Array> {
  for (let offset = 0; ;) {
    const chunk = await Promise.resolve(read(offset, limits.archiveChunkBytes));
    if (chunk.byteLength === 0) return;
    offset += chunk.byteLength;
    yield chunk;
  }
}
