import { limits } from '@lib/contract';
import { occurrenceCounter, type Report, type Tree } from '@lib/engine/sdk';
import { checkComparisons } from './checks/check-comparisons.ts';
import { checkRandomSecrets } from './checks/check-random-secrets.ts';
import { checkRegexps } from './checks/check-regexps.ts';
import { checkTenantFilter } from './checks/check-tenant-filter.ts';
import type { RuleMatch } from './checks/match.ts';
import { matchHit, rulesBySink, type RulesBySink } from './checks/match-hits.ts';
import { draftFinding } from './draft-finding.ts';
import { openLibrary, type LibraryEntry, type ModuleLibrary } from './module-library.ts';
import type { Models } from './models/compile-models.ts';
import type { SastRule } from './rules/rule-schema.ts';
import { AbstractObject } from './taint/abstract-object.ts';
import type { Unit } from './taint/instance.ts';
import { runAnalysis } from './taint/run-analysis.ts';
import { openSession, type Session } from './taint/session.ts';
import { sinkHits, type SinkHit } from './taint/sink-hits.ts';
import { objectValue } from './taint/value.ts';

/** What an analysis needs beside the tree. */
export type Knowledge = { readonly models: Models; readonly rules: readonly SastRule[] };

/** Analyses every file of a tree. One file's trouble is one coverage entry. */
export function analyzeTree(knowledge: Knowledge, tree: Tree, report: Report): void {
  const run: Run = {
    knowledge,
    library: openLibrary(tree),
    bySink: rulesBySink(knowledge.rules),
    hashes: new Map(tree.files.map((file) => [file.path, file.sha256])),
    seen: new Set(),
    occurrence: occurrenceCounter(),
    report,
  };
  for (const file of tree.files) {
    analyzeFile(run, file.path);
    report.fileDone(file);
  }
}

type Run = {
  readonly knowledge: Knowledge;
  readonly library: ModuleLibrary;
  readonly bySink: RulesBySink;
  readonly hashes: ReadonlyMap<string, string>;
  /** Findings already reported: a file that another one links to is met more than once. */
  readonly seen: Set<string>;
  readonly occurrence: ReturnType<typeof occurrenceCounter>;
  readonly report: Report;
};

function analyzeFile(run: Run, path: string): void {
  const entry = run.library.load(path);
  if (entry === undefined) return; // the host has said why
  for (const problem of entry.problems)
    run.report.coverage({ path, reason: problem.reason, detail: problem.detail.slice(0, limits.noteCharsMax) });
  if (!entry.ok) return;
  const units = new Map<string, Unit>();
  const unit = openUnit(units, path, entry);
  const session = openSession(run.knowledge.models, sessionBounds, (specifier, fromPath) =>
    linkedUnit(run, units, { specifier, fromPath }),
  );
  runAnalysis(session, unit);
  if (session.exhausted) run.report.coverage({ path, reason: 'limit_reached', detail: 'steps of analysis for one file' });
  reportMatches(run, path, matchesOf(run, session));
}

const sessionBounds = {
  stepsMax: limits.sastStepsMax,
  callDepthMax: limits.sastCallDepthMax,
  contextsMax: limits.sastContextsPerFunctionMax,
  roundsMax: limits.sastLoopRoundsMax,
  evaluationsMax: limits.sastEvaluationsPerContextMax,
  constantsMax: limits.sastConstantsPerValueMax,
  objectsMax: limits.sastObjectsPerValueMax,
  taintsMax: limits.sastTaintsPerValueMax,
};

function linkedUnit(
  run: Run,
  units: Map<string, Unit>,
  wanted: { readonly specifier: string; readonly fromPath: string },
): Unit | undefined {
  const path = run.library.locate(wanted.specifier, wanted.fromPath);
  if (path === undefined) return undefined;
  const known = units.get(path);
  if (known !== undefined) return known;
  if (units.size >= limits.sastLinkedFilesMax) return undefined;
  const entry = run.library.load(path);
  return entry?.ok === true ? openUnit(units, path, entry) : undefined;
}

function openUnit(units: Map<string, Unit>, path: string, entry: Extract<LibraryEntry, { ok: true }>): Unit {
  const exports = new AbstractObject('exports');
  const moduleObject = new AbstractObject('plain');
  moduleObject.fields.set('exports', objectValue(exports));
  const unit: Unit = { module: entry.module, exports, moduleObject, started: false };
  units.set(path, unit);
  return unit;
}

function matchesOf(run: Run, session: Session): readonly RuleMatch[] {
  const hits = sinkHits(session);
  const matches: RuleMatch[] = hits.flatMap((hit) => matchHit(session, run.bySink, hit));
  for (const rule of run.knowledge.rules) {
    for (const match of rule.match) if (match.kind === 'check') matches.push(...runCheck(session, { rule, name: match.name, hits }));
  }
  return matches;
}

type Check = {
  readonly rule: SastRule;
  readonly name: 'redos' | 'timing-comparison' | 'random-secret' | 'tenant-filter';
  readonly hits: readonly SinkHit[];
};

function runCheck(session: Session, { rule, name, hits }: Check): readonly RuleMatch[] {
  switch (name) {
    case 'redos':
      return checkRegexps(session, rule, { positionsMax: limits.sastRegexpPositionsMax, pairsMax: limits.sastRegexpPairsMax });
    case 'timing-comparison':
      return checkComparisons(session, rule);
    case 'random-secret':
      return checkRandomSecrets(session, rule);
    case 'tenant-filter':
      return checkTenantFilter(session, rule, hits);
  }
}

/** Reports each place once per rule, in the order of the text. */
function reportMatches(run: Run, path: string, matches: readonly RuleMatch[]): void {
  const ordered = [...matches].sort((a, b) => compare(a, b));
  let reported = 0;
  for (const match of ordered) {
    const key = `${match.ruleId}\n${match.site.path}\n${String(match.site.start)}\n${String(match.site.end)}`;
    const rule = run.knowledge.rules.find((candidate) => candidate.id === match.ruleId);
    if (run.seen.has(key) || rule === undefined) continue;
    if (reported >= limits.findingsPerFileMax) {
      run.report.coverage({ path, reason: 'limit_reached', detail: 'findings in one file' });
      return;
    }
    const draft = draftFinding(match, {
      rule,
      source: (wanted) => sourceOf(run, wanted),
      sha256: run.hashes.get(match.site.path) ?? '',
      occurrence: run.occurrence,
    });
    if (draft === undefined) continue;
    run.seen.add(key);
    reported++;
    run.report.finding(draft);
  }
}

function sourceOf(run: Run, path: string): Extract<LibraryEntry, { ok: true }>['source'] | undefined {
  const entry = run.library.load(path);
  return entry?.ok === true ? entry.source : undefined;
}

function compare(a: RuleMatch, b: RuleMatch): number {
  if (a.site.path !== b.site.path) return a.site.path < b.site.path ? -1 : 1;
  if (a.site.start !== b.site.start) return a.site.start - b.site.start;
  if (a.ruleId !== b.ruleId) return a.ruleId < b.ruleId ? -1 : 1;
  return (a.taint?.step.length ?? 0) - (b.taint?.step.length ?? 0);
}
