import { limits } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { endGit, startGit } from './git-program.ts';
import type { GitEntry, GitRepository } from './list-tree.ts';

/** A part of the bytes of an entry; the last one is marked. Empty blobs have one empty part. */
export type BlobPart = { readonly entry: GitEntry; readonly part: Uint8Array; readonly isFirst: boolean; readonly isLast: boolean };

const newline = 0x0a;

/**
 * Reads the bytes of blobs, one after the other, out of one `git cat-file --batch`: no filter, no attribute, no checkout. Throws the Fault
 * `git.objects_broken` when git says anything but what the list promised; leaving the loop ends git. Source: git-cat-file(1).
 */
export async function* streamBlobs(repository: GitRepository, entries: readonly GitEntry[]): AsyncGenerator<BlobPart> {
  const child = startGit(repository.program, {
    directory: repository.directory,
    argv: ['cat-file', '--batch', '--buffer'],
    network: 'none',
    protocols: 'none',
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Fault('git.objects_broken', { internal: 'git did not start' });
  const kill = (): void => endGit(child);
  const wall = setTimeout(kill, limits.downloadWallMs);
  repository.signal?.addEventListener('abort', kill, { once: true });
  stdin.on('error', () => undefined);
  child.stderr?.resume();
  child.once('error', () => stdout.destroy());
  for (const entry of entries) stdin.write(`${entry.object}\n`);
  stdin.end();
  const reader = byteReader(stdout);
  try {
    for (const entry of entries) yield* blobOf(reader, entry);
  } finally {
    clearTimeout(wall);
    repository.signal?.removeEventListener('abort', kill);
    kill();
  }
}

type ByteReader = {
  /** Up to a newline, without it. */
  readonly line: () => Promise<string>;
  /** Some bytes, at most so many, at least one. */
  readonly some: (bytesMax: number) => Promise<Uint8Array>;
};

const headCharsMax = 100;

function byteReader(source: AsyncIterable<unknown>): ByteReader {
  const chunks = source[Symbol.asyncIterator]();
  let held: Uint8Array = new Uint8Array();
  const fill = async (): Promise<void> => {
    const next = await chunks.next();
    if (next.done === true || !(next.value instanceof Uint8Array)) throw new Fault('git.objects_broken', { internal: 'git ended early' });
    held = held.byteLength === 0 ? next.value : Buffer.concat([held, next.value]);
  };
  return {
    line: async () => {
      let end = held.indexOf(newline);
      while (end < 0) {
        if (held.byteLength > headCharsMax) throw new Fault('git.objects_broken', { internal: 'a head that is too long' });
        await fill();
        end = held.indexOf(newline);
      }
      const line = Buffer.from(held.subarray(0, end)).toString('latin1');
      held = held.subarray(end + 1);
      return line;
    },
    some: async (bytesMax) => {
      if (held.byteLength === 0) await fill();
      const part = held.subarray(0, bytesMax);
      held = held.subarray(part.byteLength);
      return part;
    },
  };
}

async function* blobOf(reader: ByteReader, entry: GitEntry): AsyncGenerator<BlobPart> {
  const head = await reader.line();
  if (head !== `${entry.object} blob ${String(entry.bytes)}`) throw new Fault('git.objects_broken', { internal: 'another object' });
  let left = entry.bytes;
  if (left === 0) yield { entry, part: new Uint8Array(), isFirst: true, isLast: true };
  for (let isFirst = true; left > 0; isFirst = false) {
    const part = await reader.some(left);
    left -= part.byteLength;
    yield { entry, part, isFirst, isLast: left === 0 };
  }
  if ((await reader.line()) !== '') throw new Fault('git.objects_broken', { internal: 'no end of an object' });
}
