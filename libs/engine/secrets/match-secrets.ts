import type { SourceText } from '@lib/engine/sdk';
import { limits } from '@lib/contract';
import { judgeValue } from './judge-value.ts';
import { keywordIndex, type KeywordHit, type KeywordIndex, type PackedRun } from './keyword-index.ts';
import { readAssignment } from './read-assignment.ts';
import type { SecretRule } from './rule-schema.ts';
import { unpackRun } from './unpack-run.ts';

/** One secret in a file. `start` and `end` are offsets of the value, or of the text that it is packed in; the value goes no further than redaction. */
export type SecretMatch = {
  readonly rule: SecretRule;
  readonly start: number;
  readonly end: number;
  readonly name: string;
  readonly doubtful: boolean;
};

/**
 * Rules ready to run: one automaton over all their keywords, and for each keyword the rules that it calls. `everywhere`: those that are
 * not for tests and examples are tried there as well.
 */
export type SecretRules = {
  readonly index: KeywordIndex;
  readonly called: readonly (readonly CompiledRule[])[];
  readonly everywhere?: boolean;
};

type CompiledRule = {
  readonly rule: SecretRule;
  readonly pattern: RegExp | undefined;
  readonly names: RegExp | undefined;
  readonly value: RegExp | undefined;
  readonly paths: RegExp | undefined;
};

/** Compiles the expressions once. An expression that does not compile is a broken release and throws. */
export function compileRules(rules: readonly SecretRule[]): SecretRules {
  const compiled = rules.toSorted(mostSpecificFirst).map(compileRule);
  const keywords = [...new Set(compiled.flatMap(({ rule }) => rule.match.keywords))];
  return {
    index: keywordIndex(keywords),
    called: keywords.map((keyword) => compiled.filter(({ rule }) => rule.match.keywords.includes(keyword))),
  };
}

function compileRule(rule: SecretRule): CompiledRule {
  const { pattern, assigned, paths, flags } = rule.match;
  return {
    rule,
    pattern: pattern === undefined ? undefined : new RegExp(pattern, `dg${flags}`),
    names: assigned === undefined ? undefined : new RegExp(assigned.names, 'iu'),
    value: assigned === undefined ? undefined : new RegExp(`^(?:${assigned.value})$`, flags),
    paths: paths === undefined ? undefined : new RegExp(paths, 'iu'),
  };
}

// A provider's own format says more than a name and a value: it gets the first word.
function mostSpecificFirst(a: SecretRule, b: SecretRule): number {
  return genericness(a) - genericness(b);
}

function genericness({ match }: SecretRule): number {
  if (match.check === 'generic-value') return 3;
  if (match.check === 'real-host-password') return 2;
  return match.assigned === undefined ? 0 : 1;
}

/** What is in a file. `complete` is false where a bound of the work left something unread. */
export type SecretMatches = { readonly matches: readonly SecretMatch[]; readonly complete: boolean };

/** Every secret in a file, in its order; where two rules claim the same characters, the more specific rule keeps them. */
export function matchSecrets(rules: SecretRules, path: string, source: Pick<SourceText, 'text'>): SecretMatches {
  const budget: Work['budget'] = { keywords: limits.secretKeywordsPerFileMax, unpackedChars: limits.secretUnpackedCharsMax };
  const found = matchText({ rules, path, test: rules.everywhere !== true && isTestPath(path), depth: 0, budget }, source.text);
  return { matches: withoutOverlaps(found), complete: budget.keywords > 0 && budget.unpackedChars > 0 };
}

type Work = {
  readonly rules: SecretRules;
  readonly path: string;
  readonly test: boolean;
  readonly depth: number;
  readonly budget: { keywords: number; unpackedChars: number };
};

function matchText(work: Work, text: string): readonly SecretMatch[] {
  const { hits, runs } = work.rules.index.scan(text, {
    hitsMax: work.budget.keywords,
    runsMax: work.depth < limits.secretUnpackDepthMax ? limits.secretPackedRunsMax : 0,
    runCharsMin: packedCharsMin,
  });
  work.budget.keywords -= hits.length;
  const found: SecretMatch[] = [];
  const regions = new Map<CompiledRule, Region[]>();
  for (const hit of hits) {
    for (const compiled of work.rules.called[hit.keyword] ?? []) {
      if (!applies(compiled, work)) continue;
      if (compiled.pattern === undefined) found.push(...assignedAt(compiled, text, hit));
      else addRegion(regions, compiled, hit);
    }
  }
  for (const [compiled, places] of regions) for (const place of places) found.push(...matchesIn(compiled, text, place));
  for (const run of runs) found.push(...matchesInRun(work, text, run));
  return found;
}

const packedCharsMin = 24; // what unpacks to fewer than 18 bytes holds no name, or no key worth the look

type Region = { readonly start: number; end: number };

// Keywords near each other share one stretch of text, which the expression then reads once: a file of nothing but keywords costs no more than another.
function addRegion(regions: Map<CompiledRule, Region[]>, compiled: CompiledRule, hit: KeywordHit): void {
  const { before, after } = compiled.rule.match;
  const start = Math.max(0, hit.start - before);
  const known = regions.get(compiled);
  const last = known?.at(-1);
  if (last !== undefined && start <= last.end) last.end = hit.end + after;
  else if (known === undefined) regions.set(compiled, [{ start, end: hit.end + after }]);
  else known.push({ start, end: hit.end + after });
}

function applies({ rule, paths }: CompiledRule, { path, test }: Work): boolean {
  return (!test || rule.match.inTests) && (paths?.test(path) ?? true);
}

function matchesIn({ rule, pattern }: CompiledRule, text: string, { start, end }: Region): readonly SecretMatch[] {
  const found: SecretMatch[] = [];
  for (const match of text.slice(start, end).matchAll(pattern ?? /(?!)/gu)) {
    const value = match.groups?.['secret'];
    const span = match.indices?.groups?.['secret'];
    if (value === undefined || span === undefined) continue;
    found.push(...matchOf(rule, { value, start: start + span[0], end: start + span[1], name: match.groups?.['name'] ?? '' }));
  }
  return found;
}

function assignedAt({ rule, names, value }: CompiledRule, text: string, hit: KeywordHit): readonly SecretMatch[] {
  const assignment = readAssignment(text, hit.start, hit.end);
  if (assignment === undefined || names?.test(assignment.name) !== true || value?.test(assignment.value) !== true) return [];
  return matchOf(rule, assignment);
}

type Place = { readonly value: string; readonly start: number; readonly end: number; readonly name: string };

function matchOf(rule: SecretRule, { value, start, end, name }: Place): readonly SecretMatch[] {
  const verdict = judgeValue(rule, value, name);
  return verdict === 'no' ? [] : [{ rule, start, end, name, doubtful: verdict === 'doubtful' }];
}

// A secret inside packed text is reported where the packed text stands.
function matchesInRun(work: Work, text: string, run: PackedRun): readonly SecretMatch[] {
  if (work.budget.unpackedChars <= 0) return [];
  const unpacked = unpackRun(text.slice(run.start, run.end));
  if (unpacked === undefined) return [];
  work.budget.unpackedChars -= unpacked.length;
  const inner = matchText({ ...work, depth: work.depth + 1 }, unpacked);
  return inner.map((match) => ({ ...match, start: run.start, end: run.end }));
}

function withoutOverlaps(matches: readonly SecretMatch[]): readonly SecretMatch[] {
  const kept: SecretMatch[] = [];
  let last: SecretMatch | undefined;
  const ordered = matches.toSorted((a, b) => a.start - b.start || mostSpecificFirst(a.rule, b.rule));
  for (const match of ordered) {
    if (last === undefined || match.start >= last.end) kept.push(match);
    else if (mostSpecificFirst(match.rule, last.rule) < 0) kept[kept.length - 1] = match;
    else continue;
    last = match;
    if (kept.length >= limits.findingsPerFileMax) break;
  }
  return kept;
}

const testPath =
  /(?:^|\/)(?:tests?|specs?|__tests__|__mocks__|fixtures?|test[-_]?data|(?:test[-_]?)?vectors?|wycheproof|cassettes|golden|examples?|samples?|docs?)\/|\.(?:test|spec)\.[a-z]+$|(?:^|\/)[^/]*(?:example|sample|template|\.dist)[^/]*$/iu;

/** Tests, fixtures, examples and documentation: full of values that look like credentials and are none. */
function isTestPath(path: string): boolean {
  return testPath.test(path);
}
