import { severityRank } from '@lib/contract';
import type { AdvisoryRecord } from './advisory-record.ts';

/**
 * Records of one package in which each flaw stands once: those that share a name, directly or through others, become one. It is affected
 * where any of them says so, and has the worst severity and every name. The order of the input does not matter.
 */
export function mergeAliases(records: readonly AdvisoryRecord[]): readonly AdvisoryRecord[] {
  const groups: { names: Set<string>; records: AdvisoryRecord[] }[] = [];
  for (const record of records) {
    const names = new Set([record.id, ...record.aliases]);
    const own = { names, records: [record] };
    for (const group of groups.filter((other) => [...other.names].some((name) => names.has(name)))) {
      for (const name of group.names) names.add(name);
      own.records.push(...group.records);
      groups.splice(groups.indexOf(group), 1);
    }
    groups.push(own);
  }
  return groups.map((group) => mergeGroup(group.records)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

// The id that most tools show stands first.
const preference = [/^MAL-/u, /^GHSA-/u, /^(?:GO|PYSEC|RUSTSEC)-/u, /^CVE-/u];

function rankOf(id: string): number {
  const rank = preference.findIndex((pattern) => pattern.test(id));
  return rank < 0 ? preference.length : rank;
}

function mergeGroup(unordered: readonly AdvisoryRecord[]): AdvisoryRecord {
  const records = unordered.toSorted((a, b) => rankOf(a.id) - rankOf(b.id) || (a.id < b.id ? -1 : 1));
  const names = [...new Set(records.flatMap(({ id, aliases }) => [id, ...aliases]))].toSorted(
    (a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1),
  );
  const id = records[0]?.id ?? '';
  const severity = records.flatMap((record) => record.severity ?? []).toSorted((a, b) => severityRank(b) - severityRank(a))[0];
  const ranges = new Map(records.flatMap((record) => record.ranges).map((events) => [JSON.stringify(events), events]));
  const kev = records.flatMap((record) => record.kev ?? []).toSorted()[0];
  const epss = records.flatMap((record) => record.epss ?? []).toSorted((a, b) => b - a)[0];
  return {
    id,
    aliases: names.filter((name) => name !== id).slice(0, 50),
    summary: records.find(({ summary }) => summary !== '' && !names.includes(summary))?.summary ?? id,
    ...(severity === undefined ? {} : { severity }),
    cwe: [...new Set(records.flatMap(({ cwe }) => cwe))].slice(0, 20),
    ranges: [...ranges.values()].slice(0, 200),
    versions: [...new Set(records.flatMap(({ versions }) => versions))].slice(0, 5000),
    symbols: [...new Set(records.flatMap(({ symbols }) => symbols))].slice(0, 200),
    ...(kev === undefined ? {} : { kev }),
    ...(epss === undefined ? {} : { epss }),
    ...(records.some(({ malicious }) => malicious === true) ? { malicious: true } : {}),
  };
}
