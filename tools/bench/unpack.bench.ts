import { spawnSync } from 'node:child_process';
import { chmodSync, createWriteStream, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { limits } from '@lib/contract';
import { sealArchive, type SealedArchive } from '@lib/flow/ingest';
import { localSandbox, type Unpacker } from '@lib/platform/sandbox';
import { GIB, KIB, MIB } from '@lib/kernel';
import { tarOfSizes, treeOfSizes } from './archive-tree.ts';
import { quantile, rounded, shuffled, type Figure } from './figure.ts';

const rounds = 5;
const memoryBytesGoal = 256 * MIB;

/**
 * The whole way of an uploaded archive (start of the sandbox, unpacking behind its walls, hashing, adoption) against `tar -xzf` of the same
 * archive to the same file system; and the largest memory of the unpacker while it takes in two gigabytes, and
 * as many files as an archive may have.
 */
export async function bench(): Promise<readonly Figure[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'aegis-unpack-bench-'));
  chmodSync(scratch, 0o711); // the unpacker's own user passes through
  try {
    const unpacker = localSandbox({ runtimeDirectory: resolve('dist/sandbox') });
    return [
      await overTar(unpacker, scratch),
      await memory('unpack/memory', treeOfSizes({ bytes: 2_000_000_000, seed: 11, meanBytes: 96 * KIB }), { unpacker, scratch }),
      await memory('unpack/memory-of-names', smallFiles(), { unpacker, scratch }),
    ];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

type Variant = 'product' | 'tar';

async function overTar(unpacker: Unpacker, scratch: string): Promise<Figure> {
  const archive = join(scratch, 'tree.tar.gz');
  const sizes = treeOfSizes({ bytes: 200 * MIB, seed: 7 });
  await pipeline(Readable.from(tarOfSizes(sizes)), createGzip({ level: 6 }), createWriteStream(archive));
  const times: Record<Variant, number[]> = { product: [], tar: [] };
  for (let round = -1; round < rounds; round += 1) {
    for (const name of shuffled(['product', 'tar'] as const)) {
      const target = join(scratch, name);
      const startMs = performance.now();
      if (name === 'product') await seal(unpacker, archive, target);
      else extract(archive, target);
      if (round >= 0) times[name].push(performance.now() - startMs);
      rmSync(target, { recursive: true });
    }
  }
  rmSync(archive);
  const best = (name: Variant): number => quantile(times[name], 0.25);
  const ratio = best('tar') / best('product');
  const detail = { files: sizes.length, mib: 200, rounds, productMs: Math.round(best('product')), tarMs: Math.round(best('tar')) };
  return { name: 'unpack/over-tar', ratio: rounded(ratio), goal: '>= 0.7', ok: ratio >= 0.7, detail };
}

// As many as one archive may have.
function smallFiles(): readonly number[] {
  return Array.from({ length: limits.archiveEntriesMax }, (_, at) => 20 + (at % 300));
}

type Stage = { readonly unpacker: Unpacker; readonly scratch: string };

async function memory(name: string, sizes: readonly number[], { unpacker, scratch }: Stage): Promise<Figure> {
  const archive = join(scratch, 'large.tar.gz');
  const target = join(scratch, 'large');
  await pipeline(Readable.from(tarOfSizes(sizes)), createGzip({ level: 1 }), createWriteStream(archive));
  const { bytes, files, memoryBytesMax } = await seal(unpacker, archive, target);
  const ratio = memoryBytesMax / memoryBytesGoal;
  const detail = {
    files,
    gib: rounded(bytes / GIB),
    archiveMib: Math.round(statSync(archive).size / MIB),
    memoryMib: Math.round(memoryBytesMax / MIB),
  };
  for (const path of [archive, target]) rmSync(path, { recursive: true });
  return { name, ratio: rounded(ratio), goal: '<= 1 (256 MiB)', ok: ratio <= 1, detail };
}

async function seal(unpacker: Unpacker, file: string, target: string): Promise<SealedArchive> {
  const sealed = await sealArchive(unpacker, { file, target });
  if (!sealed.ok) throw new Error(sealed.error.code);
  return sealed.value;
}

function extract(archive: string, target: string): void {
  mkdirSync(target);
  const { status } = spawnSync('tar', ['-xzf', archive, '-C', target], { stdio: 'ignore' });
  if (status !== 0) throw new Error(`tar ended with ${String(status)}`);
}
