import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';
import { sast } from '@lib/engine/sast';
import type { LoadedAnalyzer } from '@lib/engine/sdk';
import { scanFolder } from '../score-sast/scan-folder.ts';
import { sourceAssets } from '../testing/source-assets.ts';
import { rounded, type Figure } from './figure.ts';

const rounds = 5;
const ratioMax = 3;
const mebibytesMax = 1_536;
const skipped: ReadonlySet<string> = new Set(['.git', 'node_modules', 'dist', '.aegis']);

/**
 * CPU of a whole analysis beside the CPU of parsing the same files with the same parser, least of several rounds of each in turn; and the
 * most memory that the process ever held. The tree is `AEGIS_BENCH_TREE`, or this repository.
 */
export async function bench(): Promise<readonly Figure[]> {
  const folder = process.env['AEGIS_BENCH_TREE'] ?? process.cwd();
  const loaded = await sast.load(sourceAssets);
  if (!loaded.ok) throw new Error(loaded.error.detail);
  const files = [...pathsBelow(folder, '')]
    .filter((path) => sast.wants(path))
    .map((path) => ({ path, bytes: readFileSync(join(folder, path)) }));
  const parsed: number[] = [];
  const analysed: number[] = [];
  for (let round = 0; round < rounds; round++) {
    parsed.push(
      cpuOf(() => {
        parseAll(files);
      }),
    );
    analysed.push(
      cpuOf(() => {
        analyze(loaded.value, files);
      }),
    );
  }
  const base = Math.min(...parsed);
  const ratio = Math.min(...analysed) / base;
  const detail = { files: files.length, parseSeconds: rounded(base), analyzeSeconds: rounded(Math.min(...analysed)) };
  const { peakMebibytes } = await scanFolder(folder, sast);
  return [
    { name: 'sast.cpu-to-parse', ratio: rounded(ratio), goal: `<= ${ratioMax}`, ok: ratio <= ratioMax, detail },
    {
      name: 'sast.peak-memory',
      ratio: rounded(peakMebibytes / mebibytesMax),
      goal: '<= 1',
      ok: peakMebibytes <= mebibytesMax,
      detail: { mebibytes: Math.round(peakMebibytes) },
    },
  ];
}

type Loaded = { readonly path: string; readonly bytes: Uint8Array };

function parseAll(files: readonly Loaded[]): void {
  const decoder = new TextDecoder();
  for (const { path, bytes } of files) {
    if (path.endsWith('.json')) continue;
    // The tree is made when it is first asked for.
    if (parseSync(path, decoder.decode(bytes)).program.end < 0) throw new Error(`${path} has no tree`);
  }
}

function analyze(analyzer: LoadedAnalyzer, files: readonly Loaded[]): void {
  const bytes = new Map(files.map((file) => [file.path, file.bytes]));
  const tree = {
    files: files.map((file) => ({ path: file.path, bytes: file.bytes.length, sha256: ''.padStart(64, '0') })),
    read: (path: string) => bytes.get(path),
  };
  const nothing = (): void => undefined;
  analyzer.analyze(tree, { finding: nothing, coverage: nothing, fileDone: nothing, note: nothing });
}

/** Units: seconds of user and system time. */
function cpuOf(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function* pathsBelow(root: string, folder: string): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory() && !skipped.has(entry.name)) yield* pathsBelow(root, path);
    else if (entry.isFile()) yield path;
  }
}
