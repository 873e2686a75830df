import type { ArchiveFormat } from '@lib/contract';
import { readTar, refusal, type ArchiveRefusal, type TarSink, type TreeFile } from '@lib/engine/archive';
import type { ArchiveInput } from './archive-input.ts';
import { decompress } from './decompress.ts';
import type { Unpacking } from './unpacking.ts';

const headersPerEntryBytes = 4096; // headers, extended headers and padding on top of the entries' own bytes

/** Unpacks a tar, as it comes. Answers why it was refused. */
export async function unpackTar(
  input: ArchiveInput,
  format: Exclude<ArchiveFormat, 'zip'>,
  unpacking: Unpacking,
): Promise<ArchiveRefusal | undefined> {
  const { bounds } = unpacking;
  const reader = readTar(tarSink(unpacking), bounds);
  const streamBytesMax = bounds.treeBytesMax + headersPerEntryBytes * bounds.archiveEntriesMax;
  const stream = decompress(input, format, bounds);
  for await (const part of stream) {
    if (!part.ok) return part.error;
    if (part.value.unpackedBytes > streamBytesMax) return refusal('ingest.archive_unpacked_too_large');
    const refused = reader.push(part.value.bytes);
    if (refused !== undefined) return refused;
  }
  return reader.end();
}

function tarSink({ bounds, admission, onFile, onCommit }: Unpacking): TarSink {
  let current: { readonly file: TreeFile; readonly path: string } | undefined;
  let filled = 0;
  let whole: Buffer | undefined; // one for all files that come in parts
  return {
    onEntry: (entry) => {
      const verdict = admission.admit(entry);
      if (verdict.outcome === 'refuse') return verdict.refusal;
      if (verdict.outcome === 'skip') return 'skip';
      current = verdict;
      filled = 0;
      return 'store';
    },
    onBody: (part, isLast) => {
      if (current === undefined) return;
      if (isLast && filled === 0) {
        onFile(current.file, current.path, part);
        return;
      }
      whole ??= Buffer.allocUnsafe(bounds.storedFileBytesMax);
      whole.set(part, filled);
      filled += part.byteLength;
      if (isLast) onFile(current.file, current.path, whole.subarray(0, filled));
    },
    onComment: (comment) => {
      if (/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/u.test(comment)) onCommit(comment);
    },
  };
}
