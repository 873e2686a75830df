import { hash } from 'node:crypto';
import { limits, ruleHeadSchema, type CoverageReason, type RuleHead } from '@lib/contract';
import {
  loadDocuments,
  occurrenceCounter,
  sourceText,
  type Analyzer,
  type Assets,
  type LoadedAnalyzer,
  type LoadError,
  type Report,
  type SourceText,
  type Tree,
  type TreeFile,
} from '@lib/engine/sdk';
import { assert, err, ok, type Result } from '@lib/kernel';
import type { Ecosystem, Inventory, Named } from './dependency.ts';
import { draftConfusion } from './confusion/draft-confusion.ts';
import { findConfusions } from './confusion/find-confusions.ts';
import { readOwnNames, type OwnNames } from './confusion/own-names.ts';
import { draftVulnerable, type ScaRules } from './draft-vulnerable.ts';
import { billOfMaterials, inventoryReader, isInventoryPath, supplierStatements } from './inventory/inventory-readers.ts';
import { tracePaths } from './inventory/trace-paths.ts';
import { listComponents } from './list-components.ts';
import type { AdvisoryFile } from './store/advisory-file.ts';
import { affectedBy } from './store/advisory-record.ts';
import { advisoryAssets, openAdvisoryStore, type AdvisoryStore } from './store/advisory-store.ts';
import { readOpenVex, type VexStatement } from './vex/read-openvex.ts';
import { parseLocatedJson } from './syntax/located-json.ts';
import { draftDistrust } from './trust/draft-distrust.ts';
import { findDistrust } from './trust/find-distrust.ts';
import { nearNames, popularSchema, type NearNames } from './trust/near-names.ts';
import { knownSymbols, symbolsSchema, type SymbolsOf } from './use/known-symbols.ts';
import { findUse, type UseOf } from './use/find-use.ts';
import { indexSources, isUseSource, type SourceIndex } from './use/index-sources.ts';
import type { SourceKind } from './use/names-in-text.ts';
import { treeSurroundings, type TreeSurroundings } from './tree-surroundings.ts';

const rulesAsset = 'sca.rules.json';
const symbolsAsset = 'sca.symbols.json';
const popularAsset = 'sca.popular.json';

/** Compares the packages that lock files and manifests resolve with advisories in OSV form. One finding a package and version. */
export const sca: Analyzer = {
  name: 'sca',
  version: '2.5.0',
  assets: [rulesAsset, symbolsAsset, popularAsset, ...advisoryAssets],
  fileBytesMax: limits.lockFileBytesMax,
  wants: isInventoryPath,
  consults: isUseSource,
  asksCodeUse: true,
  load: (assets) => Promise.resolve(loadSca(assets)),
};

function loadSca(assets: Assets): Result<LoadedAnalyzer, LoadError> {
  const rules = loadDocuments(assets, rulesAsset, ruleHeadSchema);
  if (!rules.ok) return rules;
  const symbols = loadDocuments(assets, symbolsAsset, symbolsSchema);
  if (!symbols.ok) return symbols;
  const popular = loadDocuments(assets, popularAsset, popularSchema);
  if (!popular.ok) return popular;
  const named = (id: string): RuleHead | undefined => rules.value.documents.find((rule) => rule.id === id);
  const vulnerable = named('sca/vulnerable-dependency');
  const malicious = named('sca/malicious-dependency');
  const confusion = named('sca/dependency-confusion');
  const typosquat = named('sca/typosquat');
  const source = named('sca/untrusted-source');
  if (!vulnerable || !malicious || !confusion || !typosquat || !source)
    return err({ code: 'analyzer.rules_invalid', asset: rulesAsset, detail: 'a rule is missing' });
  const sha256 = hash('sha256', [rules, symbols, popular].map(({ value }) => value.sha256).join(''), 'hex');
  const means = {
    rules: { vulnerable, malicious, confusion, typosquat, source },
    symbolsOf: knownSymbols(symbols.value.documents),
    nearTo: nearNames(popular.value.documents),
  };
  return ok(loadedSca(means, { documents: rules.value.documents, sha256 }));
}

type Loaded = { readonly documents: readonly RuleHead[]; readonly sha256: string };

// The index of the advisories is opened at each start and is no part of what a snapshot of the heap holds: they may be newer than the
// release. Most trees have packages of one ecosystem or two: only those files are read.
function loadedSca(means: Omit<Means, 'store'>, { documents, sha256 }: Loaded): LoadedAnalyzer {
  let store: AdvisoryStore | undefined;
  return {
    get ruleDigest() {
      return hash('sha256', `${sha256}${store?.sha256 ?? ''}`, 'hex');
    },
    rules: documents,
    open: (assets) => {
      const opened = openAdvisoryStore(assets);
      if (opened.ok) store = opened.value;
      return Promise.resolve(opened.ok ? ok(undefined) : opened);
    },
    analyze: (tree, report) => {
      assert(store !== undefined, 'the advisories were opened');
      analyzeTree(tree, report, { ...means, store });
    },
  };
}

type Means = { readonly rules: ScaRules; readonly store: AdvisoryStore; readonly symbolsOf: SymbolsOf; readonly nearTo: NearNames };
type Work = Means & {
  readonly report: Report;
  readonly surroundings: TreeSurroundings;
  readonly occurrence: ReturnType<typeof occurrenceCounter>;
  readonly met: Set<Ecosystem>;
  /** Packages of files so far. */
  readonly told: Set<string>;
  readonly statements: readonly VexStatement[];
  readonly own: OwnNames;
  readonly sourcesOf: (kind: SourceKind) => SourceIndex;
  readonly codeUses: Tree['codeUses'];
};

function analyzeTree(tree: Tree, report: Report, means: Means): void {
  const statements = tree.files
    .filter(({ path }) => supplierStatements.test(path))
    .flatMap((file) => readStatements(file, { tree, report }));
  const surroundings = treeSurroundings(tree);
  const work: Work = {
    ...means,
    report,
    surroundings,
    occurrence: occurrenceCounter(),
    met: new Set(),
    told: new Set(),
    sourcesOf: sourcesOnDemand(tree),
    codeUses: tree.codeUses,
    statements,
    own: readOwnNames(surroundings.around('.')),
  };
  for (const file of tree.files.toSorted(lockFilesFirst)) analyzeFile(work, file);
  for (const ecosystem of work.met) report.note(describe(ecosystem, means.store.of(ecosystem)));
}

function readStatements(file: TreeFile, { tree, report }: { readonly tree: Tree; readonly report: Report }): readonly VexStatement[] {
  const bytes = tree.read(file.path);
  if (bytes === undefined) return []; // the host has said why
  const source = sourceText(bytes);
  const json = source.ok ? parseLocatedJson(source.value.text) : undefined;
  const statements = json === undefined ? undefined : readOpenVex(file.path, json.value);
  if (json === undefined) report.coverage({ path: file.path, reason: 'syntax_error', detail: 'not JSON' });
  else if (statements === undefined) report.note(`${file.path}: no OpenVEX document, so that nothing of it is shown`);
  report.fileDone(file);
  return statements ?? [];
}

// Most trees have no vulnerable package, and then no source is read.
function sourcesOnDemand(tree: Tree): Work['sourcesOf'] {
  const indexed = new Map<SourceKind, SourceIndex>();
  const open = (path: string): SourceText | undefined => {
    const bytes = tree.read(path);
    const source = bytes === undefined ? undefined : sourceText(bytes);
    return source?.ok === true ? source.value : undefined;
  };
  return (kind) => {
    const known = indexed.get(kind) ?? indexSources(tree, kind, open);
    indexed.set(kind, known);
    return known;
  };
}

// A bill of materials that lies in the tree was most often made of the lock file beside it.
function lockFilesFirst(a: TreeFile, b: TreeFile): number {
  return Number(billOfMaterials.test(a.path)) - Number(billOfMaterials.test(b.path));
}

const notOurs = 'the advisories are not those of this release';

function describe(ecosystem: Ecosystem, file: AdvisoryFile | undefined): string {
  if (file === undefined) return `${ecosystem}: ${notOurs}`;
  if (file.head.advisories === 0) return `${ecosystem}: no advisory data`;
  const sources = file.head.sources.map(({ name, date, scope }) => `${name} of ${date} (${scope})`);
  return `${ecosystem}: ${file.head.advisories} advisories; ${sources.join('; ')}`;
}

function analyzeFile(work: Work, file: TreeFile): void {
  if (supplierStatements.test(file.path)) return; // read before all others
  const reader = inventoryReader(file.path);
  if (reader === undefined) {
    unread(work, file);
    return;
  }
  const source = work.surroundings.open(file.path);
  if (source === undefined) return; // the host has said why
  const inventory = 'code' in source ? err({ ...source, detail: undefined }) : reader(source, work.surroundings.around(file.path));
  if (!inventory.ok || 'code' in source) {
    if (!inventory.ok) work.report.coverage(coverageOf(file.path, inventory.error));
    return;
  }
  tellUnresolved(work.report, file.path, inventory.value);
  if (work.report.component !== undefined) listComponents(file.path, inventory.value).forEach(work.report.component);
  comparePackages(work, { file, source, inventory: inventory.value });
  for (const confusion of findConfusions(file.path, source, { inventory: inventory.value, own: work.own })) {
    work.report.finding(draftConfusion({ ...work, rule: work.rules.confusion, file, source, confusion }));
  }
  for (const distrust of billOfMaterials.test(file.path) ? [] : findDistrust(inventory.value, work.nearTo))
    work.report.finding(draftDistrust({ ...work, rule: work.rules[distrust.rule], file, source, distrust }));
  work.report.fileDone(file);
}

function coverageOf(path: string, { code, detail }: { readonly code: CoverageReason; readonly detail: string | undefined }) {
  return detail === undefined ? { path, reason: code } : { path, reason: code, detail };
}

type Read = { readonly file: TreeFile; readonly source: SourceText; readonly inventory: Inventory };

function comparePackages(work: Work, { file, source, inventory }: Read): void {
  const traceOf = tracePaths(inventory);
  for (const [ecosystem, packages] of Map.groupBy(untold(work, file.path, inventory), (found) => found.ecosystem)) {
    const advisories = work.store.of(ecosystem);
    work.met.add(ecosystem);
    if (advisories === undefined) work.report.coverage({ path: file.path, reason: 'analyzer_failed', detail: `${ecosystem}: ${notOurs}` });
    else if (advisories.head.advisories === 0) work.report.coverage({ path: file.path, reason: 'no_advisory_data', detail: ecosystem });
    let useOf: UseOf | undefined;
    for (const found of packages) {
      const known = advisories?.of(found.name) ?? [];
      const hits = known.filter((record) => affectedBy(record, found) !== undefined);
      if (hits.length === 0) continue;
      useOf ??= isSourceKind(ecosystem)
        ? findUse({ kind: ecosystem, path: file.path, inventory, sources: work.sourcesOf(ecosystem), codeUses: work.codeUses })
        : unknownUse;
      const use = useOf(found, work.symbolsOf(found, hits));
      work.report.finding(draftVulnerable({ ...work, file, source, found, trace: traceOf(found.id), use, known, hits }));
    }
  }
}

const unknownUse = (): undefined => undefined;

function isSourceKind(ecosystem: Ecosystem): ecosystem is SourceKind {
  return ecosystem === 'npm' || ecosystem === 'PyPI';
}

// What a bill of materials repeats has been compared where it stands.
function untold({ told }: Work, path: string, inventory: Inventory): Inventory['packages'] {
  const keyOf = ({ ecosystem, name, version }: Named): string => `${ecosystem} ${name} ${version}`;
  const packages = onePerVersion(inventory);
  const found = billOfMaterials.test(path) ? packages.filter((one) => !told.has(keyOf(one))) : packages;
  for (const one of packages) told.add(keyOf(one));
  return found;
}

// bun.lockb is the one lock file of a form that nobody documents; files that only help to read others are read with them.
function unread(work: Work, file: TreeFile): void {
  if (file.path.endsWith('bun.lockb')) {
    work.report.coverage({
      path: file.path,
      reason: 'unsupported',
      detail: 'a binary lock file; `bun install --save-text-lockfile` writes one that can be read',
    });
  } else work.report.fileDone(file);
}

function tellUnresolved(report: Report, path: string, { unresolved }: Inventory): void {
  const [first] = unresolved;
  if (first === undefined) return;
  const more = unresolved.length === 1 ? '' : ` and ${unresolved.length - 1} more`;
  report.coverage({ path, reason: 'unresolved', detail: `line ${first.line}: ${first.detail}${more}` });
}

// A package that stands in several folders of one lock file is one package; the one nearest to the project is shown.
function onePerVersion({ packages }: Inventory): Inventory['packages'] {
  const found = new Map<string, Inventory['packages'][number]>();
  for (const next of packages) {
    const key = `${next.ecosystem} ${next.name} ${next.version}`;
    const known = found.get(key);
    if (known === undefined || next.id.length < known.id.length) found.set(key, next);
  }
  return [...found.values()];
}
