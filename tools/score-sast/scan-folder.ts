import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { grammarNames, type CoverageEntry, type FindingDraft } from '@lib/contract';
import type { Analyzer } from '@lib/engine/sdk';
import { sourceAssets } from '../testing/source-assets.ts';

/** A folder as text, what an analyzer found in it, and what that cost. Units: CPU seconds (user + system), mebibytes. */
export type Scan = {
  readonly files: ReadonlyMap<string, string>;
  readonly findings: readonly FindingDraft[];
  readonly coverage: readonly Omit<CoverageEntry, 'analyzer'>[];
  readonly wanted: number;
  readonly ruleDigest: string;
  readonly cpuSeconds: number;
  readonly peakMebibytes: number;
};

const skipped: ReadonlySet<string> = new Set(['.git', 'node_modules']);
const fileBytesMax = 4_000_000; // larger ones are data and hold no marks

/** Runs an analyzer over a folder in this process. Files that are no text are left out. */
export async function scanFolder(folder: string, analyzer: Analyzer): Promise<Scan> {
  const loaded = await analyzer.load(sourceAssets);
  if (!loaded.ok) throw new Error(`${analyzer.name}: ${loaded.error.code}: ${loaded.error.detail}`);
  const opened = await loaded.value.open?.(sourceAssets, grammarNames);
  if (opened?.ok === false) throw new Error(`${analyzer.name}: ${opened.error.asset}: ${opened.error.detail}`);
  const bytes = new Map([...pathsBelow(folder, folder)].toSorted().map((path) => [path, readFileSync(join(folder, path))]));
  const wanted = [...bytes].filter(([path]) => analyzer.wants(path));
  const findings: FindingDraft[] = [];
  const coverage: Omit<CoverageEntry, 'analyzer'>[] = [];
  const tree = {
    files: wanted.map(([path, content]) => ({ path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') })),
    read: (path: string) => bytes.get(path),
  };
  const before = process.cpuUsage();
  loaded.value.analyze(tree, {
    finding: (draft) => findings.push(draft),
    coverage: (entry) => coverage.push(entry),
    fileDone: () => undefined,
    note: () => undefined,
  });
  const spent = process.cpuUsage(before);
  return {
    files: new Map([...bytes].map(([path, content]) => [path, content.toString('utf8')])),
    findings,
    coverage,
    wanted: wanted.length,
    ruleDigest: loaded.value.ruleDigest,
    cpuSeconds: (spent.user + spent.system) / 1e6,
    peakMebibytes: process.resourceUsage().maxRSS / 1024,
  };
}

function* pathsBelow(root: string, folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !skipped.has(entry.name)) yield* pathsBelow(root, path);
    else if (entry.isFile() && statSync(path).size <= fileBytesMax) yield relative(root, path).split(sep).join('/');
  }
}
