import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { analyzerNames, grammarNames, severitySchema, treePathSchema, type FindingDraft } from '@lib/contract';
import type { Analyzer, Tree } from '@lib/engine/sdk';
import { parse } from 'yaml';
import { z } from 'zod';
import { sourceAssets } from './testing/source-assets.ts';

const repositoryRoot = join(import.meta.dirname, '..');
const line = z.int().min(1);
const flawSchema = z.object({
  id: z.string().regex(/^V[0-9]{2,3}$/u),
  file: treePathSchema,
  line,
  /** Last line of a flaw that is several attributes of one block. */
  endLine: line.optional(),
  rule: z.string().min(1),
  cwe: line,
  severity: severitySchema,
  why: z.string().min(1),
});
const decoySchema = z.object({
  id: z.string().regex(/^D[0-9]{2,3}$/u),
  file: treePathSchema,
  line,
  looksLike: z.string().min(1),
  why: z.string().min(1),
});
const expectedSchema = z.object({
  flaws: z.array(flawSchema),
  /** True of the code around, and not planted. */
  observed: z.array(flawSchema),
  decoys: z.array(decoySchema),
});

export type Flaw = z.infer<typeof flawSchema>;
export type Decoy = z.infer<typeof decoySchema>;
export type Expected = z.infer<typeof expectedSchema>;
/** A file of the scored folder: path relative to it, and text. */
export type ScoredFile = { readonly path: string; readonly text: string };
/** What a score needs of a finding. */
export type Reported = { readonly rule: string; readonly file: string; readonly startLine: number; readonly endLine: number };
/** Every finding that matches nothing expected is a false alarm; what was observed before and is gone counts as missed. `decoy` names the decoy it stands on, if any. */
export type Score = {
  readonly analyzers: readonly string[];
  readonly expected: number;
  readonly found: number;
  readonly observed: number;
  readonly missed: readonly Flaw[];
  readonly falseAlarms: readonly (Reported & { readonly decoy: string | undefined })[];
};

/** The hand-written truth of the broken product. */
export function readExpected(root = repositoryRoot): Expected {
  return expectedSchema.parse(parse(readFileSync(join(root, 'vuln-saas/EXPECTED.yaml'), 'utf8')));
}

/** Every file of the broken product but the truth, its README and specs, sorted by path. */
export function readVulnSaas(root = repositoryRoot): readonly ScoredFile[] {
  const folder = join(root, 'vuln-saas');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => ({ path: relative(folder, file).split(sep).join('/'), text: readFileSync(file, 'utf8') }))
    .filter(({ path }) => path !== 'EXPECTED.yaml' && path !== 'README.md' && !path.endsWith('.spec.ts'))
    .toSorted((left, right) => (left.path < right.path ? -1 : 1));
}

/** The registered analyzers; while none is registered, those whose folder exists. */
export async function presentAnalyzers(root = repositoryRoot): Promise<readonly Analyzer[]> {
  const present = ['registry', ...analyzerNames].filter((name) => existsSync(join(root, 'libs/engine', name, 'index.ts')));
  const registered = present.includes('registry') ? await analyzersOf('registry') : [];
  if (registered.length > 0) return registered;
  return (await Promise.all(present.filter((name) => name !== 'registry').map(analyzersOf))).flat();
}

/** Runs analyzers over files in this process. A release whose rules do not load is an error, not a score. */
export async function reportOn(files: readonly ScoredFile[], analyzers: readonly Analyzer[]): Promise<readonly Reported[]> {
  const bytes = new Map(files.map(({ path, text }) => [path, new TextEncoder().encode(text)]));
  const reported: Reported[] = [];
  for (const analyzer of analyzers) {
    const loaded = await analyzer.load(sourceAssets);
    if (!loaded.ok) throw new Error(`${analyzer.name}: ${loaded.error.code}: ${loaded.error.detail}`);
    await loaded.value.open?.(sourceAssets, grammarNames);
    loaded.value.analyze(treeOf(bytes, analyzer), {
      finding: (draft) => reported.push(reportedOf(draft)),
      coverage: () => undefined,
      fileDone: () => undefined,
      note: () => undefined,
    });
  }
  return reported;
}

/** Compares findings with the truth. One finding may answer for one flaw only by rule, file and line; several may answer for the same. */
export function scoreFindings(reported: readonly Reported[], expected: Expected, analyzers: readonly string[]): Score {
  const known = [...expected.flaws, ...expected.observed];
  const missed = known.filter((flaw) => !reported.some((finding) => matches(finding, flaw)));
  const falseAlarms = reported
    .filter((finding) => !known.some((flaw) => matches(finding, flaw)))
    .map((finding) => ({ ...finding, decoy: decoyUnder(finding, expected.decoys)?.id }));
  const found = expected.flaws.filter((flaw) => !missed.includes(flaw)).length;
  return { analyzers, expected: expected.flaws.length, found, observed: expected.observed.length, missed, falseAlarms };
}

/** The score as a person reads it. */
export function renderScore({ analyzers, expected, found, observed, missed, falseAlarms }: Score): string {
  const decoys = falseAlarms.filter(({ decoy }) => decoy !== undefined).length;
  return [
    `analyzers: ${analyzers.length === 0 ? 'none' : analyzers.join(', ')}`,
    `found ${found}/${expected} planted (and ${observed} observed), missed ${missed.length}, false ${falseAlarms.length} (${decoys} on decoys)`,
    ...missed.map((flaw) => `  missed  ${flaw.id.padEnd(4)}  ${flaw.file}:${flaw.line} ${flaw.rule}`),
    ...falseAlarms.map(({ file, startLine, rule, decoy }) => `  false   ${(decoy ?? '').padEnd(4)}  ${file}:${startLine} ${rule}`),
  ].join('\n');
}

async function analyzersOf(folder: string): Promise<readonly Analyzer[]> {
  const module: unknown = await import(`../libs/engine/${folder}/index.ts`);
  if (typeof module !== 'object' || module === null) return [];
  return Object.values(module).flat().filter(isAnalyzer);
}

function isAnalyzer(value: unknown): value is Analyzer {
  return typeof value === 'object' && value !== null && 'wants' in value && 'load' in value && 'assets' in value;
}

function treeOf(bytes: ReadonlyMap<string, Uint8Array>, analyzer: Analyzer): Tree {
  const files = [...bytes]
    .filter(([path]) => analyzer.wants(path))
    .map(([path, content]) => ({ path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }));
  return { files, read: (path) => bytes.get(path) };
}

function reportedOf({ ruleId, location }: FindingDraft): Reported {
  return { rule: ruleId, file: location.path, startLine: location.startLine, endLine: location.endLine };
}

function matches(finding: Reported, flaw: Flaw): boolean {
  if (finding.rule !== flaw.rule || finding.file !== flaw.file) return false;
  return finding.startLine <= (flaw.endLine ?? flaw.line) && flaw.line <= Math.max(finding.startLine, finding.endLine);
}

function decoyUnder(finding: Reported, decoys: readonly Decoy[]): Decoy | undefined {
  const covered = decoys.filter(({ file, line: at }) => file === finding.file && finding.startLine <= at && at <= finding.endLine);
  return covered.find(({ looksLike }) => looksLike === finding.rule) ?? covered[0];
}

async function main(args: readonly string[]): Promise<number> {
  const analyzers = await presentAnalyzers();
  const names = analyzers.map(({ name }) => name);
  const score = scoreFindings(await reportOn(readVulnSaas(), analyzers), readExpected(), names);
  process.stdout.write(`${args.includes('--json') ? JSON.stringify(score, undefined, 2) : renderScore(score)}\n`);
  return score.missed.length + score.falseAlarms.length === 0 ? 0 : 1;
}

const entry = process.argv[1];
if (entry !== undefined && import.meta.url === pathToFileURL(entry).href) process.exitCode = await main(process.argv.slice(2));
