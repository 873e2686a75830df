import { limits, type Severity } from '@lib/contract';
import { z } from 'zod';
import { ecosystems, type Ecosystem } from '../dependency.ts';
import { packageKey } from '../package-key.ts';
import { asList } from '../syntax/loose-value.ts';
import { compareVersions } from '../versions/compare-versions.ts';
import { affectedBy, type AdvisoryRecord, type RangeEvent } from './advisory-record.ts';
import { cvssSeverity } from './cvss-severity.ts';

const eventSchema = z.object({
  introduced: z.string().optional(),
  fixed: z.string().optional(),
  last_affected: z.string().optional(),
  limit: z.string().optional(),
});
const severitySchema = z.array(z.object({ type: z.string(), score: z.string() })).nullish();
const looseTable = z.record(z.string(), z.unknown()).nullish();

/** The part of an OSV document that is read. Anything else in it may be of any form. Source: ossf.github.io/osv-schema 1.6. */
const osvSchema = z.object({
  id: z.string().min(1).max(limits.noteCharsMax),
  aliases: z.array(z.string()).nullish(),
  related: z.array(z.string()).nullish(),
  modified: z.string().nullish(),
  summary: z.string().nullish(),
  details: z.string().nullish(),
  withdrawn: z.string().nullish(),
  severity: severitySchema,
  database_specific: looseTable,
  affected: z
    .array(
      z.object({
        package: z.object({ ecosystem: z.string(), name: z.string() }).nullish(),
        severity: severitySchema,
        ranges: z.array(z.object({ type: z.string(), events: z.array(eventSchema) })).nullish(),
        versions: z.array(z.string()).nullish(),
        ecosystem_specific: looseTable,
        database_specific: looseTable,
      }),
    )
    .nullish(),
});
type Osv = z.infer<typeof osvSchema>;
type Affected = NonNullable<Osv['affected']>[number];

/** An advisory's record for one package. */
export type OsvEntry = { readonly ecosystem: Ecosystem; readonly name: string; readonly record: AdvisoryRecord };

/** What a document holds for the ecosystems that are read here. `withdrawn` documents hold nothing. */
export type OsvReading = {
  readonly id: string;
  readonly modified: string | undefined;
  readonly withdrawn: boolean;
  readonly entries: readonly OsvEntry[];
};

/** Reads one OSV document. Undefined when it is none. Distribution suffixes of ecosystems (`Debian:12`) are of none that is read here. */
export function readOsv(document: unknown): OsvReading | undefined {
  const parsed = osvSchema.safeParse(document);
  if (!parsed.success) return undefined;
  const osv = parsed.data;
  const withdrawn = osv.withdrawn !== undefined && osv.withdrawn !== null;
  const byPackage = new Map<string, OsvEntry>();
  for (const entry of withdrawn ? [] : (osv.affected ?? []).flatMap((affected) => entryOf(osv, affected))) {
    const key = `${entry.ecosystem} ${entry.name}`;
    const known = byPackage.get(key)?.record;
    byPackage.set(key, known === undefined ? entry : { ...entry, record: { ...known, ...joined(known, entry.record) } });
  }
  return { id: osv.id, modified: osv.modified ?? undefined, withdrawn, entries: [...byPackage.values()] };
}

function entryOf(osv: Osv, affected: Affected): readonly OsvEntry[] {
  const ecosystem = ecosystems.find((known) => known === affected.package?.ecosystem);
  if (ecosystem === undefined) return [];
  const name = packageKey(ecosystem, affected.package?.name ?? '');
  return name === '' || /\s/u.test(name) ? [] : [{ ecosystem, name, record: recordOf(osv, affected, ecosystem) }];
}

function joined(a: AdvisoryRecord, b: AdvisoryRecord): Pick<AdvisoryRecord, 'ranges' | 'versions' | 'symbols'> {
  return {
    ranges: [...a.ranges, ...b.ranges],
    versions: [...new Set([...a.versions, ...b.versions])],
    symbols: [...new Set([...a.symbols, ...b.symbols])].slice(0, symbolsMax),
  };
}

const symbolsMax = 200;
const embeddedMalice = 506; // CWE-506: how GitHub marks packages that were published to do harm

function recordOf(osv: Osv, affected: Affected, ecosystem: Ecosystem): AdvisoryRecord {
  const cwe = cweOf(osv, affected);
  const malicious = osv.id.startsWith('MAL-') || cwe.includes(embeddedMalice);
  const severity = malicious ? 'critical' : severityOf(osv, affected);
  const ranges = (affected.ranges ?? []).filter(({ type }) => type !== 'GIT').map(({ events }) => sorted(events, ecosystem));
  const bare: AdvisoryRecord = { id: osv.id, aliases: [], summary: '', cwe: [], ranges, versions: [], symbols: [] };
  const unsaid = (affected.versions ?? []).filter((version) => affectedBy(bare, { ecosystem, version }) === undefined);
  return {
    id: osv.id,
    aliases: [...new Set(osv.aliases ?? [])].filter((alias) => alias !== osv.id && alias.length <= limits.noteCharsMax).slice(0, 50),
    summary: summaryOf(osv),
    ...(severity === undefined ? {} : { severity }),
    cwe,
    ranges: ranges.filter((events) => events.length > 0).slice(0, 200),
    versions: unsaid.slice(0, 5000), // those that no range says
    symbols: symbolsOf(affected),
    ...(malicious ? { malicious: true } : {}),
  };
}

function sorted(events: readonly RangeEvent[], ecosystem: Ecosystem): RangeEvent[] {
  const at = (event: RangeEvent): string => event.introduced ?? event.fixed ?? event.last_affected ?? event.limit ?? '0';
  return events
    .slice(0, 500)
    .toSorted((a, b) =>
      at(a) === '0' || at(b) === '0' ? Number(at(b) === '0') - Number(at(a) === '0') : (compareVersions(ecosystem, at(a), at(b)) ?? 0),
    );
}

function summaryOf({ id, summary, details }: Osv): string {
  const text = [summary, details].find((given) => (given ?? '').trim() !== '') ?? id;
  const line = text.replaceAll(/\s+/gu, ' ').trim();
  const sentence = /^.{20,240}?[.!](?=\s|$)/u.exec(line)?.[0] ?? line;
  return (sentence.length > 250 ? `${sentence.slice(0, 249)}…` : sentence).replace(/\.$/u, '');
}

const words: Readonly<Record<string, Severity>> = { LOW: 'low', MODERATE: 'medium', MEDIUM: 'medium', HIGH: 'high', CRITICAL: 'critical' };

// The database's own word counts before the vector: it has seen the package, the vector the worst use of it.
function severityOf(osv: Osv, affected: Affected): Severity | undefined {
  const tables = [osv.database_specific, affected.ecosystem_specific, affected.database_specific];
  const texts = (key: string) => tables.map((table) => table?.[key]).filter((value) => typeof value === 'string');
  const said = texts('severity').flatMap((word) => words[word.toUpperCase()] ?? []);
  const vectors = [...(affected.severity ?? []), ...(osv.severity ?? [])].map(({ score }) => score);
  const rated = [...vectors, ...texts('cvss')].flatMap((vector) => cvssSeverity(vector) ?? []);
  return said[0] ?? rated[0] ?? informational(affected);
}

// RustSec: `unmaintained`, `notice`; something to know, nothing to exploit.
function informational(affected: Affected): Severity | undefined {
  return typeof affected.database_specific?.['informational'] === 'string' ? 'low' : undefined;
}

function cweOf(osv: Osv, affected: Affected): number[] {
  const lists = [osv.database_specific?.['cwe_ids'], affected.database_specific?.['cwe_ids'], affected.database_specific?.['cwes']];
  const found = lists.flatMap(asList).flatMap(cweNumber);
  return [...new Set(found)].slice(0, 20);
}

function cweNumber(item: unknown): readonly number[] {
  const text = typeof item === 'object' && item !== null && 'cweId' in item ? item.cweId : item;
  const number = typeof text === 'string' ? /^CWE-(\d{1,4})$/u.exec(text)?.[1] : undefined;
  return number === undefined ? [] : [Number(number)];
}

// Go: `imports` with a path and its symbols. Rust: `affects.functions`.
function symbolsOf({ ecosystem_specific: specific }: Affected): string[] {
  const found: string[] = [];
  const imports = z.array(z.object({ path: z.string(), symbols: z.array(z.string()).nullish() })).safeParse(specific?.['imports']);
  for (const { path, symbols } of imports.data ?? []) found.push(...(symbols ?? []).map((symbol) => `${path}.${symbol}`));
  const functions = z.object({ functions: z.array(z.string()) }).safeParse(specific?.['affects']);
  found.push(...(functions.data?.functions ?? []));
  // GitHub's advisories of PyPI and npm: `yaml.load`
  const named = z.array(z.string()).safeParse(specific?.['affected_functions']);
  found.push(...(named.data ?? []));
  return found.filter((symbol) => symbol.length <= limits.noteCharsMax).slice(0, symbolsMax);
}
