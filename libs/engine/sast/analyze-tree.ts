import { limits } from '@lib/contract';
import { occurrenceCounter, sourceText, type CodeUse, type Report, type Tree, type TreeFile } from '@lib/engine/sdk';
import { findMatches } from './checks/find-matches.ts';
import type { RuleMatch } from './checks/match.ts';
import { rulesBySink, type RulesBySink } from './checks/match-hits.ts';
import { draftFinding } from './draft-finding.ts';
import { indexPackages, locateGoName, type GoPackages } from './frontend/go/locate-package.ts';
import { indexClasses, locateClass, type ClassIndex } from './frontend/java/class-index.ts';
import { isPropertiesPath, readProperties } from './frontend/java/read-properties.ts';
import { locatePythonModule } from './frontend/python/locate-module.ts';
import type { Grammars } from './frontend/tree-sitter/grammars.ts';
import { loadModule, type LibraryEntry } from './module-library.ts';
import type { Models } from './models/compile-models.ts';
import { filesBelow } from './project/files-below.ts';
import { isBuiltPath } from './project/is-built-path.ts';
import { entriesOf, locateModule, programsOf } from './project/locate-module.ts';
import { isSettingsPath, readLayout, type ProjectLayout } from './project/project-layout.ts';
import type { SastRule } from './rules/rule-schema.ts';
import { ruleFor } from './rules/rule-variants.ts';
import { openUnit, type Unit } from './taint/instance.ts';
import { analyzeLibrary } from './taint/analyze-library.ts';
import { analyzeBody, analyzeFunctions } from './taint/run-analysis.ts';
import { openSession, type Session } from './taint/session.ts';
import { codeUses, type UsedFile } from './use/code-uses.ts';

/** What an analysis needs beside the tree. */
export type Knowledge = { readonly models: Models; readonly rules: readonly SastRule[]; readonly grammars: Grammars };

/**
 * Analyses a tree, a batch of files at a time: files of a batch see each other's functions. A file that another one imports joins its batch
 * while there is room. One file's trouble is one coverage entry.
 */
export function analyzeTree(knowledge: Knowledge, tree: Tree, report: Report): void {
  const layout = readLayout(tree);
  const run: Run = {
    knowledge,
    tree,
    report,
    bySink: rulesBySink(knowledge.rules),
    files: new Map(tree.files.map((file) => [file.path, file])),
    layout,
    uses: [],
    entries: new Set(layout.packages.flatMap((owner) => [...entriesOf(layout, owner), ...programsOf(layout, owner)])),
    packages: indexPackages(tree),
    classes: indexClasses(tree.files.map((file) => file.path)),
    settings: new Map(),
    done: new Set(),
    batches: 0,
    occurrence: occurrenceCounter(),
  };
  for (const file of tree.files) if (isRoot(run, file.path) && !run.done.has(file.path)) analyzeBatch(run, file);
  // What one batch hands on to another is not seen.
  const uses = run.batches > 1 ? run.uses.map((use) => ({ ...use, whole: false })) : run.uses;
  if (report.codeUse !== undefined) uses.forEach(report.codeUse);
  // Settings were read at the start, and build output that nothing imports stands for source that was read.
  for (const file of tree.files) if (!run.done.has(file.path)) report.fileDone(file);
}

/** Files that are looked at whether another one imports them or not. */
function isRoot(run: Run, path: string): boolean {
  if (isSettingsPath(path) || isPropertiesPath(path)) return false;
  return !isBuiltPath(path) || run.entries.has(path);
}

type Run = {
  readonly knowledge: Knowledge;
  readonly tree: Tree;
  readonly report: Report;
  readonly bySink: RulesBySink;
  readonly files: ReadonlyMap<string, TreeFile>;
  readonly layout: ProjectLayout;
  /** Files by which packages are entered. */
  readonly entries: ReadonlySet<string>;
  readonly packages: GoPackages;
  readonly classes: ClassIndex;
  readonly settings: Map<string, ReadonlyMap<string, string> | undefined>;
  readonly done: Set<string>;
  readonly uses: CodeUse[];
  batches: number;
  readonly occurrence: ReturnType<typeof occurrenceCounter>;
};

type Batch = {
  readonly units: Map<string, Unit>;
  readonly sources: Map<string, Extract<LibraryEntry, { ok: true }>['source']>;
  readonly members: TreeFile[];
  instructions: number;
};

const sessionBounds = {
  stepsPerFileMax: limits.sastStepsMax,
  callDepthMax: limits.sastCallDepthMax,
  contextsMax: limits.sastContextsPerFunctionMax,
  plainContextsMax: limits.sastPlainContextsPerFunctionMax,
  roundsMax: limits.sastLoopRoundsMax,
  evaluationsMax: limits.sastEvaluationsPerContextMax,
  constantsMax: limits.sastConstantsPerValueMax,
  objectsMax: limits.sastObjectsPerValueMax,
  taintsMax: limits.sastTaintsPerValueMax,
};

function analyzeBatch(run: Run, first: TreeFile): void {
  const batch: Batch = { units: new Map(), sources: new Map(), members: [], instructions: 0 };
  const located = new Map<string, string | undefined>();
  const session = openSession(run.knowledge.models, sessionBounds, {
    settings: (name) => settingsOf(run, name),
    filesBelow: (folder, fromPath) => filesBelow(run.layout, folder, fromPath),
    resolve: (specifier, fromPath) => {
      const key = `${fromPath}\n${specifier}`;
      if (!located.has(key)) located.set(key, locate(run, specifier, fromPath));
      const path = located.get(key);
      return path === undefined ? undefined : join(run, batch, path);
    },
  });
  join(run, batch, first.path);
  for (const file of run.tree.files) {
    if (batch.instructions >= limits.sastBatchInstructionsMax) break;
    const unit = isRoot(run, file.path) ? join(run, batch, file.path) : undefined;
    if (unit !== undefined) analyzeBody(session, unit);
  }
  for (const file of batch.members) {
    const unit = batch.units.get(file.path);
    if (unit !== undefined) finishUnit(run, session, unit);
    run.report.fileDone(file);
  }
  for (const owner of run.layout.packages) {
    const units = owner.isLibrary ? entriesOf(run.layout, owner).flatMap((entry) => batch.units.get(entry) ?? []) : [];
    if (units.length > 0) analyzeLibrary(session, units);
  }
  // Functions that came into being while users of a package were stood for.
  for (const unit of batch.units.values()) analyzeFunctions(session, unit);
  reportMatches(run, batch, findMatches(session, run.knowledge.rules, run.bySink));
  run.batches += 1;
  if (run.report.codeUse !== undefined) run.uses.push(...codeUses(session, filesOf(batch)));
}

function filesOf({ units, sources }: Batch): readonly UsedFile[] {
  return [...units].flatMap(([path, unit]) => {
    const source = sources.get(path);
    return source === undefined ? [] : [{ unit, source }];
  });
}

function locate(run: Run, name: string, fromPath: string): string | undefined {
  if (fromPath.endsWith('.java')) return locateClass(run.classes, name);
  if (fromPath.endsWith('.go')) return locateGoName(run.packages, name, fromPath);
  if (fromPath.endsWith('.py')) return locatePythonModule(run.layout.paths, name, fromPath);
  return locateModule(run.layout, name, fromPath);
}

/** The settings file whose path ends so, when there is one and no other. */
function settingsOf(run: Run, name: string): ReadonlyMap<string, string> | undefined {
  const known = run.settings.get(name);
  if (known !== undefined || run.settings.has(name)) return known;
  const wanted = name.replace(/^\/+/u, '');
  const found = run.tree.files.filter(({ path }) => isPropertiesPath(path) && (path === wanted || path.endsWith(`/${wanted}`)));
  const bytes = found.length === 1 && found[0] !== undefined ? run.tree.read(found[0].path) : undefined;
  const text = bytes === undefined ? undefined : sourceText(bytes);
  const entries = text?.ok === true ? readProperties(text.value.text) : undefined;
  run.settings.set(name, entries);
  return entries;
}

function finishUnit(run: Run, session: Session, unit: Unit): void {
  analyzeBody(session, unit);
  analyzeFunctions(session, unit);
  if (unit.exhausted) run.report.coverage({ path: unit.module.path, reason: 'limit_reached', detail: 'steps of analysis for one file' });
}

/** Takes a file into the batch while there is room; gives its unit when it was understood. */
function join(run: Run, batch: Batch, path: string): Unit | undefined {
  const known = batch.units.get(path);
  const file = run.files.get(path);
  if (known !== undefined || file === undefined || run.done.has(path)) return known;
  if (batch.members.length > 0 && batch.instructions >= limits.sastBatchInstructionsMax) return undefined;
  run.done.add(path);
  batch.members.push(file);
  const entry = loadModule(run.tree, path, run.knowledge.grammars);
  if (entry === undefined) return undefined; // the host has said why
  for (const problem of entry.problems)
    run.report.coverage({ path, reason: problem.reason, detail: problem.detail.slice(0, limits.noteCharsMax) });
  if (!entry.ok) return undefined;
  const unit = openUnit(entry.module);
  batch.units.set(path, unit);
  batch.sources.set(path, entry.source);
  batch.instructions += entry.module.instructionCount;
  return unit;
}

/** Reports each place once per rule, in the order of the text. */
function reportMatches(run: Run, batch: Batch, matches: readonly RuleMatch[]): void {
  const seen = new Set<string>();
  const counts = new Map<string, number>();
  for (const match of matches.toSorted(byPlace)) {
    const { path, start, end } = match.site;
    const key = `${match.ruleId}\n${path}\n${String(start)}\n${String(end)}`;
    const told = run.knowledge.rules.find((candidate) => candidate.id === match.ruleId);
    const rule = told === undefined ? undefined : ruleFor(told, path);
    if (seen.has(key) || rule === undefined) continue;
    seen.add(key);
    const draft = draftFinding(match, {
      rule,
      source: (wanted) => batch.sources.get(wanted),
      sha256: run.files.get(path)?.sha256 ?? '',
      occurrence: run.occurrence,
    });
    if (draft === undefined) continue;
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    if (count <= limits.findingsPerFileMax) run.report.finding(draft);
    else if (count === limits.findingsPerFileMax + 1)
      run.report.coverage({ path, reason: 'limit_reached', detail: 'findings in one file' });
  }
}

function byPlace(a: RuleMatch, b: RuleMatch): number {
  if (a.site.path !== b.site.path) return a.site.path < b.site.path ? -1 : 1;
  if (a.site.start !== b.site.start) return a.site.start - b.site.start;
  if (a.ruleId !== b.ruleId) return a.ruleId < b.ruleId ? -1 : 1;
  if (a.guessed !== b.guessed) return a.guessed ? 1 : -1;
  return (a.taint?.step.length ?? 0) - (b.taint?.step.length ?? 0);
}
