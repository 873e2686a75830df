import { limits, severityRank, type FindingDraft, type RuleHead, type Severity } from '@lib/contract';
import { excerptAround, identify, type SourceText, type TreeFile } from '@lib/engine/sdk';
import { present } from '@lib/kernel';
import type { LockedPackage } from './dependency.ts';
import type { Trace } from './inventory/trace-paths.ts';
import { packageUrl } from './package-url.ts';
import { planUpgrade, safeVersion } from './plan-upgrade.ts';
import type { AdvisoryRecord } from './store/advisory-record.ts';
import type { Use } from './use/find-use.ts';
import type { VexStatement } from './vex/read-openvex.ts';
import { statementsOn, type VexNote } from './vex/statements-on.ts';

/** The rules under which packages are reported. */
export type ScaRules = Readonly<Record<'vulnerable' | 'malicious' | 'confusion' | 'typosquat' | 'source', RuleHead>>;

/** A package that advisories name, where it stands, and all that is known of it. `hits` are those of `known` that name its version. */
export type Vulnerable = {
  readonly rules: ScaRules;
  readonly occurrence: (ruleId: string, path: string, context: string) => number;
  readonly file: TreeFile;
  readonly source: SourceText;
  readonly found: LockedPackage;
  readonly trace: Trace;
  /** Whether sources use it; undefined where that is not known. */
  readonly use: Use | undefined;
  /** What suppliers say in files of the tree, of any package. */
  readonly statements: readonly VexStatement[];
  readonly known: readonly AdvisoryRecord[];
  readonly hits: readonly AdvisoryRecord[];
};

const unrated: Severity = 'medium'; // neither alarm nor silence, where nobody has said how bad it is

/** Describes a package with known vulnerabilities, or one that was published to do harm. The worst advisory comes first. */
export function draftVulnerable(input: Vulnerable): FindingDraft {
  const { file, source, found, known } = input;
  const hits = input.hits.toSorted(worstFirst);
  const worst = present(hits[0], 'an advisory');
  const rule = worst.malicious === true ? input.rules.malicious : input.rules.vulnerable;
  const location = {
    path: file.path,
    startLine: found.startLine,
    startColumn: 1,
    endLine: found.endLine,
    endColumn: source.line(found.endLine).length + 1,
  };
  const to = worst.malicious === true ? undefined : safeVersion(found, known);
  const context = `${found.ecosystem} ${found.name}`;
  return {
    analyzer: 'sca',
    ruleId: rule.id,
    ruleVersion: rule.version,
    severity: worst.severity ?? unrated,
    confidence: rule.confidence,
    title: titleOf(found, hits).slice(0, limits.titleCharsMax),
    message: messageOf(input, hits),
    remediation: remediationOf(input, to, rule),
    cwe: [...new Set([...hits.flatMap(({ cwe }) => cwe), ...rule.cwe])].slice(0, limits.cwePerFindingMax),
    references: [...hits.slice(0, 8).map(({ id }) => `https://osv.dev/vulnerability/${id}`), ...rule.references],
    location,
    flow: [],
    excerpt: excerptAround(source, location),
    fileSha256: file.sha256,
    ...identify({ ruleId: rule.id, path: file.path, context, occurrence: input.occurrence(rule.id, file.path, context) }),
    dependency: dependencyOf(input, hits, to),
  };
}

function worstFirst(a: AdvisoryRecord, b: AdvisoryRecord): number {
  const rank = (record: AdvisoryRecord): number => (record.malicious === true ? 9 : severityRank(record.severity ?? unrated));
  return rank(b) - rank(a) || Number(b.kev !== undefined) - Number(a.kev !== undefined) || (a.id < b.id ? -1 : 1);
}

function titleOf({ name, version }: LockedPackage, hits: readonly AdvisoryRecord[]): string {
  const worst = present(hits[0], 'an advisory');
  return hits.length === 1 ? `${name} ${version}: ${worst.summary}` : `${name} ${version}: ${hits.length} known vulnerabilities`;
}

function messageOf(input: Vulnerable, hits: readonly AdvisoryRecord[]): string {
  const { found, trace, use, statements } = input;
  const { name } = found;
  const { path, dev, direct } = trace;
  const way = path.length > 1 ? `It comes by ${path.map((part) => `${part.name} ${part.version}`).join(' > ')}.` : '';
  const asked = direct === true ? `The project asks for ${name} itself.` : way;
  const supplierLines = statementsOn({ found, trace, hits }, statements).slice(0, limits.vexNotesPerFindingMax).map(supplierLine);
  const lines = hits.map((hit) => {
    const exploited = hit.kev === undefined ? '' : ` Known to be exploited since ${hit.kev} (CISA).`;
    const likely = hit.epss === undefined ? '' : ` EPSS ${(hit.epss * 100).toFixed(1)} %.`;
    return `${[hit.id, ...hit.aliases.slice(0, 3)].join(', ')} (${hit.severity ?? 'not rated'}): ${hit.summary}.${exploited}${likely}`;
  });
  const text = [
    ...(asked === '' ? [] : [asked]),
    ...(dev ? ['Only development needs it.'] : []),
    ...useLine(use),
    ...supplierLines,
    ...lines,
  ].join('\n');
  return text.length <= limits.messageCharsMax ? text : `${text.slice(0, text.lastIndexOf('\n', limits.messageCharsMax - 40))}\nand others`;
}

function supplierLine([{ id, status, justification, by, date, path }, { impact }]: readonly [VexNote, VexStatement]): string {
  const why = justification === undefined ? '' : `, ${justification.replaceAll('_', ' ')}`;
  const words = impact === '' ? '' : ` "${impact.replaceAll(/\s+/gu, ' ')}"`;
  return `${by} says of ${id} (${path}${date === '' ? '' : `, ${date}`}): ${status.replaceAll('_', ' ')}${why}.${words}`;
}

function useLine(use: Use | undefined): readonly string[] {
  switch (use?.kind) {
    case 'named':
      return [`Sources name it: ${use.place}.`];
    case 'imported':
      return [`Sources import it (${use.place}); no call into it was seen.`];
    case 'called':
      return [`Sources call it: ${use.place}.`];
    case 'vulnerable_called':
      return [`Sources use what the advisory names, ${use.symbol}: ${use.place}.`];
    case 'vulnerable_not_called':
      return [`Sources call it (${use.place}), and nothing that the advisories name: ${use.symbols.join(', ')}.`];
    case 'hidden':
      return [`Whether sources use it is not known: none names it, and ${use.place} loads what it does not name.`];
    case 'through':
      return [`Sources name ${use.by}, which needs it.`];
    case 'not_found':
      return ['No source names it, or anything that needs it; what makes names while it runs is not seen.'];
    default:
      return [];
  }
}

function remediationOf({ found, trace }: Vulnerable, to: string | undefined, rule: RuleHead): string {
  if (to === undefined)
    return rule.id.includes('malicious')
      ? rule.remediation
      : `No version of ${found.name} is known to fix all of this; replace the package.`;
  const text = planUpgrade({ installed: found, path: trace.path, direct: trace.direct, to });
  return `${text} ${rule.remediation}`.slice(0, limits.messageCharsMax);
}

function dependencyOf(
  { found, trace, use, statements }: Vulnerable,
  hits: readonly AdvisoryRecord[],
  to: string | undefined,
): NonNullable<FindingDraft['dependency']> {
  const vex = statementsOn({ found, trace, hits }, statements)
    .slice(0, limits.vexNotesPerFindingMax)
    .map(([note]) => note);
  const kev = hits.flatMap((hit) => hit.kev ?? []).toSorted()[0];
  const epss = hits.flatMap((hit) => hit.epss ?? []).toSorted((a, b) => b - a)[0];
  return {
    purl: packageUrl(found).slice(0, limits.noteCharsMax),
    installedVersion: found.version.slice(0, limits.noteCharsMax),
    fixedVersions: to === undefined ? [] : [to],
    advisoryIds: hits.flatMap(({ id, aliases }) => [id, ...aliases.slice(0, 3)]).slice(0, limits.advisoryIdsPerFindingMax),
    ...(trace.direct === undefined ? {} : { direct: trace.direct }),
    dev: trace.dev,
    path: trace.path.slice(0, limits.dependencyPathMax).map(({ name, version }) => `${name}@${version}`.slice(0, limits.noteCharsMax)),
    ...(kev === undefined ? {} : { knownExploitedSince: kev }),
    ...(use === undefined ? {} : { use }),
    ...(vex.length === 0 ? {} : { vex }),
    ...(epss === undefined ? {} : { exploitProbability: epss }),
  };
}
