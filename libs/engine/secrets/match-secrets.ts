import type { SourceText } from '@lib/engine/sdk';
import { limits } from '@lib/contract';
import { judgeValue, type Verdict } from './judge-value.ts';
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

/** Rules ready to run: one automaton over all their keywords, and for each keyword the rules that it calls. */
export type SecretRules = { readonly index: KeywordIndex; readonly called: readonly (readonly CompiledRule[])[] };

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
  return { index: keywordIndex(keywords), called: keywords.map((keyword) => compiled.filter(({ rule }) => rule.match.keywords.includes(keyword))) };
}

function compileRule(rule: SecretRule): CompiledRule {
  const { pattern, assigned, paths, flags } = rule.match;
  return {
    rule,
    pattern: pattern === undefined ? undefined : new RegExp(pattern, `d${flags}`),
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

/** Every secret in a file; where two rules claim the same characters, the more specific rule keeps them. */
export function matchSecrets(rules: SecretRules, path: string, source: SourceText): readonly SecretMatch[] {
  const work: Work = { rules, path, test: isTestPath(path), depth: 0, budget: { unpackedChars: limits.secretUnpackedCharsMax } };
  return withoutOverlaps(matchText(work, source.text)).toSorted((a, b) => a.start - b.start);
}

type Work = {
  readonly rules: SecretRules;
  readonly path: string;
  readonly test: boolean;
  readonly depth: number;
  readonly budget: { unpackedChars: number };
};

function matchText(work: Work, text: string): readonly SecretMatch[] {
  const { hits, runs } = work.rules.index.scan(text, {
    hitsMax: limits.secretKeywordsPerFileMax,
    runsMax: work.depth < limits.secretUnpackDepthMax ? limits.secretPackedRunsMax : 0,
    runCharsMin: packedCharsMin,
  });
  const found = hits.flatMap((hit) => matchesAt(work, text, hit));
  for (const run of runs) found.push(...matchesInRun(work, text, run));
  return found;
}

const packedCharsMin = 24; // what unpacks to fewer than 18 bytes holds no name, or no key worth the look

function matchesAt(work: Work, text: string, hit: KeywordHit): readonly SecretMatch[] {
  const found: SecretMatch[] = [];
  for (const compiled of work.rules.called[hit.keyword] ?? []) {
    if (!applies(compiled, work)) continue;
    const match = compiled.pattern === undefined ? assignedAt(compiled, text, hit) : patternAt(compiled, compiled.pattern, { text, hit });
    if (match !== undefined) found.push(match);
  }
  return found;
}

function applies({ rule, paths }: CompiledRule, { path, test }: Work): boolean {
  return (!test || rule.match.inTests) && (paths?.test(path) ?? true);
}

function patternAt({ rule }: CompiledRule, pattern: RegExp, { text, hit }: { readonly text: string; readonly hit: KeywordHit }): SecretMatch | undefined {
  const from = Math.max(0, hit.start - rule.match.before);
  const window = text.slice(from, hit.end + rule.match.after);
  const match = pattern.exec(window);
  const value = match?.groups?.['secret'];
  const span = match?.indices?.groups?.['secret'];
  if (value === undefined || span === undefined) return undefined;
  return matchOf(rule, { value, start: from + span[0], end: from + span[1], name: match?.groups?.['name'] ?? '' });
}

function assignedAt({ rule, names, value }: CompiledRule, text: string, hit: KeywordHit): SecretMatch | undefined {
  const assignment = readAssignment(text, hit.start, hit.end);
  if (assignment === undefined || names?.test(assignment.name) !== true || value?.test(assignment.value) !== true) return undefined;
  return matchOf(rule, assignment);
}

function matchOf(rule: SecretRule, place: { readonly value: string; readonly start: number; readonly end: number; readonly name: string }): SecretMatch | undefined {
  const verdict: Verdict = judgeValue(rule, place.value, place.name);
  if (verdict === 'no') return undefined;
  return { rule, start: place.start, end: place.end, name: place.name, doubtful: verdict === 'doubtful' };
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
  /(?:^|\/)(?:tests?|specs?|__tests__|__mocks__|fixtures?|testdata|examples?|samples?|docs?)\/|\.(?:test|spec)\.[a-z]+$|(?:^|\/)[^/]*(?:example|sample|template|\.dist)[^/]*$/iu;

/** Tests, fixtures, examples and documentation: full of values that look like credentials and are none. */
function isTestPath(path: string): boolean {
  return testPath.test(path);
}
