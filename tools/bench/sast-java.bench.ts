import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { Language, Parser } from 'web-tree-sitter';
import { sast } from '@lib/engine/sast';
import type { LoadedAnalyzer, Tree } from '@lib/engine/sdk';
import { sourceAssets } from '../testing/source-assets.ts';
import { quantile, rounded, type Figure } from './figure.ts';

const rounds = 5;
const copies = 120; // of the broken product's Java, each a package of its own, when no folder is named
const goal = 3;

/**
 * Processor time of a whole analysis of Java against that of the same parser which only parses, in the same rounds.
 * `AEGIS_BENCH_JAVA` names a folder to measure on; without it, copies of the Java in `vuln-saas/` are: every sixteenth line of it is a finding
 * that is written out, so that its ratio is above that of code as people write it.
 */
export async function bench(): Promise<readonly Figure[]> {
  const folder = process.env['AEGIS_BENCH_JAVA'];
  const sources = readSources(folder);
  const analyzer = await openAnalyzer();
  const parser = await openParser();
  const spent: Record<'parse' | 'analyze', number[]> = { parse: [], analyze: [] };
  let findings = 0;
  for (let round = -1; round < rounds; round += 1) {
    const parse = cpuMs(() => {
      for (const text of sources.values()) parser.parse(text)?.delete();
    });
    const analyze = cpuMs(() => {
      findings = analyzeAll(analyzer, sources);
    });
    if (round < 0) continue; // the first round warms up
    spent.parse.push(parse);
    spent.analyze.push(analyze);
  }
  const [parseMs, analyzeMs] = [quantile(spent.parse, 0.5), quantile(spent.analyze, 0.5)];
  const ratio = rounded(analyzeMs / parseMs);
  const lines = [...sources.values()].reduce((sum, text) => sum + text.split('\n').length, 0);
  const detail = {
    files: sources.size,
    kiloLines: rounded(lines / 1000),
    findings,
    parseCpuMs: Math.round(parseMs),
    analyzeCpuMs: Math.round(analyzeMs),
    peakMib: Math.round(process.resourceUsage().maxRSS / 1024),
  };
  return [{ name: 'sast: Java, analysis against parsing alone', ratio, goal: `<= ${String(goal)}`, ok: ratio <= goal, detail }];
}

async function openAnalyzer(): Promise<LoadedAnalyzer> {
  const loaded = await sast.load(sourceAssets);
  if (!loaded.ok) throw new Error(loaded.error.detail);
  const opened = await loaded.value.open?.(sourceAssets, ['java']);
  if (opened?.ok !== true) throw new Error('the grammar did not open');
  return loaded.value;
}

async function openParser(): Promise<Parser> {
  const parser = new Parser();
  parser.setLanguage(await Language.load(sourceAssets.read('tree-sitter-java.wasm')));
  return parser;
}

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function analyzeAll(analyzer: LoadedAnalyzer, sources: ReadonlyMap<string, string>): number {
  const bytes = new Map([...sources].map(([path, text]) => [path, new TextEncoder().encode(text)]));
  const files = [...bytes].map(([path, content]) => ({
    path,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  }));
  const tree: Tree = { files, read: (path) => bytes.get(path) };
  let findings = 0;
  analyzer.analyze(tree, {
    finding: () => (findings += 1),
    coverage: () => undefined,
    fileDone: () => undefined,
    note: () => undefined,
  });
  return findings;
}

function readSources(folder: string | undefined): ReadonlyMap<string, string> {
  if (folder !== undefined) return javaBelow(folder);
  const own = javaBelow(join(import.meta.dirname, '../../vuln-saas/ledger'));
  const sources = new Map<string, string>();
  for (let copy = 0; copy < copies; copy += 1)
    for (const [path, text] of own)
      sources.set(`copy${copy}/${path}`, text.replace('package internal.ledgerly', `package internal.copy${copy}.ledgerly`));
  return sources;
}

function javaBelow(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.java'));
  return new Map(names.toSorted().map((name) => [relative('.', name).split(sep).join('/'), readFileSync(join(folder, name), 'utf8')]));
}
