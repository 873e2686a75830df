import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import { limits } from '@lib/contract';
import { secrets } from '@lib/engine/secrets';
import type { LoadedAnalyzer, TreeFile } from '@lib/engine/sdk';
import { sourceAssets } from '../testing/source-assets.ts';
import { rounded, shuffled, type Figure } from './figure.ts';

const rounds = 5;
const overReadingMin = 0.4;
const overPeerMin = 5;
const folders = ['@aws-sdk', '@nestjs', 'eslint', 'fastify', 'drizzle-orm', 'fast-check', 'bullmq', 'zod', 'undici-types', 'vite'].map(
  (name) => join('node_modules', name),
);

/**
 * The secrets analyzer on the sources of some packages that are here anyway; beside it, in the same rounds, the same files read as text and
 * nothing else, and secretlint with its recommended rules. Each finds its files by a walk and reads them itself. Processor time, the least of the rounds.
 */
export async function bench(): Promise<readonly Figure[]> {
  const loaded = await secrets.load(sourceAssets);
  if (!loaded.ok) throw new Error(loaded.error.detail);
  const tree = folders.flatMap(filesIn);
  const bytes = tree.reduce((sum, file) => sum + file.bytes, 0);
  const times: Record<'reading' | 'ours' | 'peer', number[]> = { reading: [], ours: [], peer: [] };
  const variants = [
    ['reading', () => Promise.resolve(readAll(folders.flatMap(filesIn)))],
    ['ours', () => Promise.resolve(analyze(loaded.value, folders.flatMap(filesIn)))],
    ['peer', () => lintAll(folders.flatMap(filesIn))],
  ] as const;
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of shuffled(variants)) times[name].push(await cpuSeconds(run));
  }
  const [reading, ours, peer] = [Math.min(...times.reading), Math.min(...times.ours), Math.min(...times.peer)];
  const detail = {
    files: tree.length,
    megabytes: rounded(bytes / 1e6),
    readingSeconds: rounded(reading),
    oursSeconds: rounded(ours),
    peerSeconds: rounded(peer),
    rounds,
  };
  return [
    {
      name: 'secrets/over-reading',
      ratio: rounded(reading / ours),
      goal: `>= ${String(overReadingMin)}`,
      ok: reading / ours >= overReadingMin,
      detail,
    },
    {
      name: 'secrets/over-secretlint',
      ratio: rounded(peer / ours),
      goal: `>= ${String(overPeerMin)}`,
      ok: peer / ours >= overPeerMin,
      detail,
    },
  ];
}

function filesIn(folder: string): readonly TreeFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .map((path) => ({ path, at: statSync(path) }))
    .filter(({ path, at }) => at.isFile() && at.size <= limits.sourceFileBytesMax && secrets.wants(relative('node_modules', path)))
    .map(({ path, at }) => ({ path: resolve(path), bytes: at.size, sha256: '0'.repeat(64) }));
}

function readAll(tree: readonly TreeFile[]): number {
  return tree.reduce((sum, { path }) => sum + readFileSync(path, 'utf8').length, 0);
}

function analyze(analyzer: LoadedAnalyzer, files: readonly TreeFile[]): number {
  let found = 0;
  analyzer.analyze(
    { files, read: (path) => readFileSync(path) },
    { finding: () => (found += 1), coverage: () => undefined, fileDone: () => undefined, note: () => undefined },
  );
  return found;
}

/** Marks of its profiler are taken away as it goes: it never does so itself. */
async function lintAll(tree: readonly TreeFile[]): Promise<number> {
  const config = { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, options: {} }] };
  let found = 0;
  for (const { path } of tree) {
    const source = {
      filePath: path,
      content: readFileSync(path, 'utf8'),
      ext: path.slice(path.lastIndexOf('.')),
      contentType: 'text' as const,
    };
    performance.clearMarks();
    found += (await lintSource({ source, options: { config } })).messages.length;
  }
  return found;
}

async function cpuSeconds(run: () => Promise<number>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
