import type { Ecosystem } from '../dependency.ts';
import { advisoryRecordSchema, type AdvisoryRecord } from './advisory-record.ts';
import { readOsv } from './read-osv.ts';

/** What a document was. `foreign` ones speak of no ecosystem that is compared; `refused` ones are OSV and too large in some part. */
export type Verdict = 'taken' | 'withdrawn' | 'foreign' | 'refused' | 'no_advisory';

/** Advisories of one ecosystem from one source. `withdrawn` holds the names of what the source took back; `date` is the newest day in it. */
export type Gathered = {
  readonly ecosystem: Ecosystem;
  readonly entries: readonly (readonly [name: string, record: AdvisoryRecord])[];
  readonly withdrawn: readonly string[];
  readonly date: string;
};

/** Takes documents one by one; `gathered` answers what they hold, an ecosystem each. */
export type Gathering = { readonly take: (document: unknown) => Verdict; readonly gathered: () => readonly Gathered[] };

/** Gathers OSV documents by ecosystem. What was taken back counts in every ecosystem, since such a document need not say which it was of. */
export function gatherAdvisories(): Gathering {
  const byEcosystem = new Map<Ecosystem, [string, AdvisoryRecord][]>();
  const dates = new Map<Ecosystem, string>();
  const withdrawn = new Set<string>();
  return {
    take: (document) => {
      const reading = readOsv(document);
      if (reading === undefined) return 'no_advisory';
      if (reading.withdrawn) {
        withdrawn.add(reading.id);
        return 'withdrawn';
      }
      if (reading.entries.some(({ record }) => !advisoryRecordSchema.safeParse(record).success)) return 'refused';
      for (const { ecosystem, name, record } of reading.entries) {
        const entries = byEcosystem.get(ecosystem) ?? [];
        entries.push([name, record]);
        byEcosystem.set(ecosystem, entries);
        const [date, known] = [(reading.modified ?? '').slice(0, 10), dates.get(ecosystem) ?? ''];
        dates.set(ecosystem, date > known ? date : known);
      }
      return reading.entries.length === 0 ? 'foreign' : 'taken';
    },
    gathered: () =>
      [...byEcosystem].map(([ecosystem, entries]) => ({
        ecosystem,
        entries,
        withdrawn: [...withdrawn].toSorted(),
        date: dates.get(ecosystem) ?? '',
      })),
  };
}
