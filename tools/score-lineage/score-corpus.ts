import { createHash } from 'node:crypto';
import { grammarNames, type FindingDraft } from '@lib/contract';
import { matchLineage, toolOf, traitsOf, type Reported } from '@lib/engine/lineage';
import { iac } from '@lib/engine/iac';
import { sast } from '@lib/engine/sast';
import { secrets } from '@lib/engine/secrets';
import type { LoadedAnalyzer } from '@lib/engine/sdk';
import { sourceAssets } from '../testing/source-assets.ts';
import { markFile, textOf, type MarkedFile } from './marked-file.ts';
import { combined, transformations, type Transformation } from './transformations.ts';

/** A file with findings, as a tree of its own. */
export type Source = { readonly path: string; readonly text: string };

/** What became of the findings of one file under one transformation. `lost`: the analyzer does not find it in the new text, or finds it elsewhere. */
export type Trial = {
  readonly path: string;
  readonly name: string;
  readonly there: number;
  readonly kept: number;
  readonly wrong: number;
  readonly lost: number;
  readonly missed: readonly string[];
};

type Found = Reported & { readonly line: number; readonly column: number };
export type Analyzers = readonly (readonly [(typeof all)[number], LoadedAnalyzer])[];
const all = [sast, secrets, iac] as const;

/** Loads the analyzers that look into a file's text. */
export async function loadAnalyzers(): Promise<Analyzers> {
  const loaded: [(typeof all)[number], LoadedAnalyzer][] = [];
  for (const analyzer of all) {
    const ready = await analyzer.load(sourceAssets);
    if (!ready.ok) throw new Error(`${analyzer.name}: ${ready.error.code}: ${ready.error.detail}`);
    await ready.value.open?.(sourceAssets, grammarNames);
    loaded.push([analyzer, ready.value]);
  }
  return loaded;
}

/** Puts each source through each transformation that fits it, and matches what is found in the new text with what was found before. */
export async function* scoreCorpus(analyzers: Analyzers, sources: readonly Source[], filler: readonly string[]): AsyncGenerator<Trial> {
  for (const source of sources) {
    const before = markFile(source.path, source.text);
    const known = findIn(analyzers, [before]);
    if (known.length === 0) continue;
    const place = { found: [...new Set(known.map(({ line }) => line))], filler };
    for (const transformation of [...transformations, ...combined]) {
      const changed = await transformation.apply(before, place);
      if (changed !== undefined) yield judge({ path: source.path, transformation, known, seen: findIn(analyzers, changed), changed });
    }
    yield renamedRules(source.path, known);
  }
}

type Case = {
  readonly path: string;
  readonly transformation: Transformation;
  readonly known: readonly Found[];
  readonly seen: readonly Found[];
  readonly changed: readonly MarkedFile[];
};

function judge({ path, transformation, known, seen, changed }: Case): Trial {
  const truth = transformation.ordered === true ? byOrder(known, seen) : byOrigin(known, seen, changed);
  const pairs = matchLineage(known, seen);
  const missed = [...truth]
    .filter(([to, from]) => pairs.get(to) !== from)
    .map(([to]) => `${seen[to]?.ruleId ?? ''} at ${String(seen[to]?.line ?? 0)}`);
  return {
    path,
    name: transformation.name,
    there: truth.size,
    kept: truth.size - missed.length,
    wrong: [...pairs].filter(([to, from]) => truth.get(to) !== from).length,
    lost: known.length - truth.size,
    missed,
  };
}

/** Rules by other names: every finding goes on under the new one. */
function renamedRules(path: string, known: readonly Found[]): Trial {
  const old = known.map((one) => ({ ...one, ruleId: `was/${one.ruleId}`, fingerprint: one.fingerprint.replaceAll(/[0-7]/gu, '8') }));
  const pairs = matchLineage(old, known, [[/^was\/(.+)$/u, '$1']]);
  const missed = known.flatMap(({ ruleId }, index) => (pairs.get(index) === index ? [] : [ruleId]));
  return {
    path,
    name: 'rules renamed',
    there: known.length,
    kept: known.length - missed.length,
    wrong: [...pairs].filter(([to, from]) => to !== from).length,
    lost: 0,
    missed,
  };
}

// A finding is the one that stood on the line from which its own came: of one rule, and the first of these for the first, the second for the second.
function byOrigin(known: readonly Found[], seen: readonly Found[], changed: readonly MarkedFile[]): ReadonlyMap<number, number> {
  const lines = new Map(changed.map(({ path, lines: marked }) => [path, marked]));
  return paired(known, seen, [({ line }) => line, (found) => lines.get(found.traits.path)?.[found.line - 1]?.from]);
}

function byOrder(known: readonly Found[], seen: readonly Found[]): ReadonlyMap<number, number> {
  const counted = (of: readonly Found[]) => Map.groupBy(of, ({ ruleId }) => ruleId);
  const [before, after] = [counted(known), counted(seen)];
  const isWhole = ({ ruleId }: Found): boolean => before.get(ruleId)?.length === after.get(ruleId)?.length;
  return paired(known, seen, [(found) => (isWhole(found) ? 0 : undefined), (found) => (isWhole(found) ? 0 : undefined)]);
}

type Origin = (found: Found) => number | undefined;

function paired(
  known: readonly Found[],
  seen: readonly Found[],
  [ofKnown, ofSeen]: readonly [Origin, Origin],
): ReadonlyMap<number, number> {
  const keyed = (of: readonly Found[], origin: Origin): Map<string, number[]> => {
    const order = [...of.keys()].toSorted((a, b) => (of[a]?.line ?? 0) - (of[b]?.line ?? 0) || (of[a]?.column ?? 0) - (of[b]?.column ?? 0));
    const groups = new Map<string, number[]>();
    for (const index of order) {
      const found = of[index];
      const from = found === undefined ? undefined : origin(found);
      if (found === undefined || from === undefined) continue;
      const key = `${found.tool} ${found.ruleId} ${String(from)}`;
      groups.set(key, [...(groups.get(key) ?? []), index]);
    }
    return groups;
  };
  const [before, after] = [keyed(known, ofKnown), keyed(seen, ofSeen)];
  const truth = new Map<number, number>();
  for (const [key, ones] of after) {
    const olds = before.get(key) ?? [];
    if (olds.length === ones.length) for (const [rank, index] of ones.entries()) truth.set(index, olds[rank] ?? -1);
  }
  return truth;
}

function findIn(analyzers: Analyzers, files: readonly MarkedFile[]): readonly Found[] {
  const bytes = new Map(files.map((file) => [file.path, new TextEncoder().encode(textOf(file))]));
  const drafts: FindingDraft[] = [];
  for (const [analyzer, loaded] of analyzers) {
    const wanted = [...bytes].filter(([path]) => analyzer.wants(path));
    const tree = {
      files: wanted.map(([path, content]) => ({ path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') })),
      read: (path: string) => bytes.get(path),
    };
    loaded.analyze(tree, {
      finding: (draft) => drafts.push(draft),
      coverage: () => undefined,
      fileDone: () => undefined,
      note: () => undefined,
    });
  }
  return drafts.map((draft) => ({
    fingerprint: draft.fingerprint,
    tool: toolOf(draft),
    ruleId: draft.ruleId,
    traits: traitsOf(draft),
    live: true,
    line: draft.location.startLine,
    column: draft.location.startColumn,
  }));
}
