import { createHash } from 'node:crypto';
import { ruleHeadSchema, severityRank, type FindingDraft, type RuleHead } from '@lib/contract';
import {
  excerptAround,
  fingerprint,
  loadDocuments,
  occurrenceCounter,
  sourceText,
  type Analyzer,
  type Report,
  type SourceText,
  type Tree,
  type TreeFile,
} from '@lib/engine/sdk';
import { err, ok, present } from '@lib/kernel';
import { PackageURL } from 'packageurl-js';
import { advisoryFileSchema, advisorySeverity, affectedBy, type Advisory, type Affected } from './advisory.ts';
import { compareVersions } from './compare-versions.ts';
import { lockReader } from './lockfiles/lock-readers.ts';
import type { Ecosystem, PackageVersion } from './package-version.ts';

const rulesAsset = 'sca.rules.json';
const advisoriesAsset = 'sca.advisories.json';

/** Compares the packages that lock files resolve with an advisory store in OSV form. One finding a package and version, worst severity first. */
export const sca: Analyzer = {
  name: 'sca',
  version: '1.0.0',
  assets: [rulesAsset, advisoriesAsset],
  wants: (path) => lockReader(path) !== undefined && !/(?:^|\/)node_modules\//u.test(path),
  load: (assets) => {
    const rules = loadDocuments(assets, rulesAsset, ruleHeadSchema);
    if (!rules.ok) return Promise.resolve(rules);
    const advisories = loadDocuments(assets, advisoriesAsset, advisoryFileSchema);
    if (!advisories.ok) return Promise.resolve(advisories);
    const [rule] = rules.value.documents;
    if (rule === undefined) return Promise.resolve(err({ code: 'analyzer.rules_invalid' as const, asset: rulesAsset, detail: 'no rule' }));
    const store = indexAdvisories(advisories.value.documents.flatMap((file) => file.advisories));
    return Promise.resolve(
      ok({
        ruleDigest: createHash('sha256').update(rules.value.sha256).update(advisories.value.sha256).digest('hex'),
        rules: rules.value.documents,
        analyze: (tree: Tree, report: Report) => {
          report.note(`${String(store.count)} bundled advisories; no complete feed of any ecosystem`);
          const occurrence = occurrenceCounter();
          for (const file of tree.files) analyzeLockFile({ rule, store, tree, report, occurrence }, file);
        },
      }),
    );
  },
};

type Store = {
  readonly count: number;
  readonly of: (ecosystem: Ecosystem, name: string) => readonly Advisory[];
  readonly covers: (ecosystem: Ecosystem) => boolean;
};

function indexAdvisories(advisories: readonly Advisory[]): Store {
  const byPackage = new Map<string, Advisory[]>();
  const covered = new Set<Ecosystem>();
  for (const advisory of advisories) {
    for (const { package: named } of advisory.affected) {
      covered.add(named.ecosystem);
      const key = `${named.ecosystem}:${named.name}`;
      byPackage.set(key, [...(byPackage.get(key) ?? []), advisory]);
    }
  }
  return {
    count: advisories.length,
    of: (ecosystem, name) => byPackage.get(`${ecosystem}:${name}`) ?? [],
    covers: (ecosystem) => covered.has(ecosystem),
  };
}

type Work = {
  readonly rule: RuleHead;
  readonly store: Store;
  readonly tree: Tree;
  readonly report: Report;
  readonly occurrence: ReturnType<typeof occurrenceCounter>;
};

function analyzeLockFile(work: Work, file: TreeFile): void {
  const bytes = work.tree.read(file.path);
  if (bytes === undefined) return;
  const source = sourceText(bytes);
  const packages = source.ok ? lockReader(file.path)?.(source.value) : undefined;
  if (!source.ok) {
    work.report.coverage({ path: file.path, reason: source.error.code });
    return;
  }
  if (packages?.ok !== true) {
    work.report.coverage({ path: file.path, reason: 'syntax_error', ...(packages === undefined ? {} : { detail: packages.error.detail }) });
    return;
  }
  const uncovered = packages.value.find((found) => !work.store.covers(found.ecosystem));
  if (uncovered !== undefined) work.report.coverage({ path: file.path, reason: 'no_advisory_data', detail: uncovered.ecosystem });
  for (const found of packages.value) {
    const hits = work.store.of(found.ecosystem, found.name).flatMap((advisory) => {
      const affected = affectedBy(advisory, found);
      return affected === undefined ? [] : [{ advisory, affected }];
    });
    if (hits.length > 0) work.report.finding(draftOf(work, { file, source: source.value, found, hits: hits.toSorted(worstFirst) }));
  }
  work.report.fileDone(file);
}

type Hit = { readonly advisory: Advisory; readonly affected: Affected };
type Place = { readonly file: TreeFile; readonly source: SourceText; readonly found: PackageVersion; readonly hits: readonly Hit[] };

function worstFirst(a: Hit, b: Hit): number {
  return (
    severityRank(advisorySeverity(b.advisory)) - severityRank(advisorySeverity(a.advisory)) || (a.advisory.id < b.advisory.id ? -1 : 1)
  );
}

function draftOf(work: Work, { file, source, found, hits }: Place): FindingDraft {
  const worst = present(hits[0], 'a hit').advisory;
  const location = {
    path: file.path,
    startLine: found.startLine,
    startColumn: 1,
    endLine: found.endLine,
    endColumn: source.line(found.endLine).length + 1,
  };
  const fixed = fixingVersion(found.ecosystem, hits);
  const purl = purlOf(found);
  const context = `${found.ecosystem} ${found.name}`;
  return {
    analyzer: 'sca',
    ruleId: work.rule.id,
    ruleVersion: work.rule.version,
    severity: advisorySeverity(worst),
    confidence: work.rule.confidence,
    title:
      hits.length === 1
        ? `${found.name} ${found.version}: ${worst.summary}`
        : `${found.name} ${found.version}: ${String(hits.length)} known vulnerabilities`,
    message: hits
      .map(({ advisory }) => `${[advisory.id, ...advisory.aliases].join(', ')} (${advisorySeverity(advisory)}): ${advisory.summary}.`)
      .join('\n'),
    remediation:
      fixed === undefined
        ? `No version of ${found.name} is known to fix all of this; replace the package.`
        : `Update ${found.name} to ${fixed} or later. ${work.rule.remediation}`,
    cwe: [...new Set([...work.rule.cwe, ...worst.database_specific.cwe_ids.map((id) => Number(id.slice(4)))])],
    references: [...hits.slice(0, 8).map(({ advisory }) => `https://osv.dev/vulnerability/${advisory.id}`), ...work.rule.references],
    location,
    flow: [],
    excerpt: excerptAround(source, location),
    fileSha256: file.sha256,
    fingerprint: fingerprint({
      ruleId: work.rule.id,
      path: file.path,
      context,
      occurrence: work.occurrence(work.rule.id, file.path, context),
    }),
    dependency: {
      purl,
      installedVersion: found.version,
      fixedVersions: fixed === undefined ? [] : [fixed],
      advisoryIds: hits.slice(0, 20).flatMap(({ advisory }) => [advisory.id, ...advisory.aliases.slice(0, 1)]),
    },
  };
}

// The lowest version that is past every advisory: the highest of their fixes, when each has one.
function fixingVersion(ecosystem: Ecosystem, hits: readonly Hit[]): string | undefined {
  return hits.reduce<string | undefined>((highest, { affected }, index) => {
    if (affected.fixed === undefined || (index > 0 && highest === undefined)) return undefined;
    return highest === undefined || (compareVersions(ecosystem, affected.fixed, highest) ?? 0) > 0 ? affected.fixed : highest;
  }, undefined);
}

const purlTypes: Readonly<Record<Ecosystem, string>> = {
  npm: 'npm',
  PyPI: 'pypi',
  Go: 'golang',
  Maven: 'maven',
  RubyGems: 'gem',
  'crates.io': 'cargo',
  Packagist: 'composer',
};

function purlOf(found: PackageVersion): string {
  const parts = found.name.split(found.ecosystem === 'Maven' ? ':' : '/');
  const name = parts.at(-1) ?? found.name;
  const namespace = parts.slice(0, -1).join('/');
  return new PackageURL(
    purlTypes[found.ecosystem],
    namespace === '' ? undefined : namespace,
    name,
    found.version,
    undefined,
    undefined,
  ).toString();
}
