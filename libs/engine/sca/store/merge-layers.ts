import type { Ecosystem } from '../dependency.ts';
import type { ExploitScores } from '../feeds/read-exploit-scores.ts';
import type { KnownExploited } from '../feeds/read-known-exploited.ts';
import { writeAdvisoryFile, type AdvisoryFile, type AdvisorySource } from './advisory-file.ts';
import type { AdvisoryRecord } from './advisory-record.ts';
import { mergeAliases } from './merge-aliases.ts';

/** What one ecosystem's advisories are made of. */
export type Layers = {
  readonly ecosystem: Ecosystem;
  /** What the release knew. */
  readonly base: AdvisoryFile | undefined;
  /** What was imported. */
  readonly layers: readonly AdvisoryFile[];
  readonly exploited: KnownExploited | undefined;
  readonly scores: ExploitScores | undefined;
};

/**
 * Writes the advisories of one ecosystem as a file: what was imported, and of the release what no import names or took back. Names of one
 * flaw become one; a day of exploitation and a probability come from whichever name has them, the earliest and the highest. Pure.
 */
export function mergeLayers({ ecosystem, base, layers, exploited, scores }: Layers): string {
  const byPackage = new Map<string, AdvisoryRecord[]>();
  const add = (name: string, record: AdvisoryRecord): void => {
    const records = byPackage.get(name);
    if (records === undefined) byPackage.set(name, [record]);
    else records.push(record);
  };
  for (const layer of layers) for (const [name, record] of layer.entries()) add(name, record);
  const imported = new Map([...byPackage].map(([name, records]) => [name, new Set(records.flatMap(namesOf))]));
  const withdrawn = new Set(layers.flatMap(({ head }) => head.withdrawn ?? []));
  for (const [name, record] of base?.entries() ?? []) {
    const known = imported.get(name);
    const isReplaced = withdrawn.has(record.id) || namesOf(record).some((id) => known?.has(id) === true);
    if (!isReplaced) add(name, record);
  }
  const merged = [...byPackage].flatMap(([name, records]) =>
    mergeAliases(records).map((record) => [name, withExploitation(record, exploited, scores)] as const),
  );
  return writeAdvisoryFile({ ecosystem, sources: sourcesOf({ base, layers, exploited, scores }) }, merged);
}

function namesOf({ id, aliases }: AdvisoryRecord): readonly string[] {
  return [id, ...aliases];
}

function withExploitation(
  record: AdvisoryRecord,
  exploited: KnownExploited | undefined,
  scores: ExploitScores | undefined,
): AdvisoryRecord {
  const names = namesOf(record);
  const days = [record.kev ?? [], ...names.map((name) => exploited?.days[name] ?? [])].flat().toSorted();
  const probabilities = names.flatMap((name) => scores?.scores[name] ?? []);
  const epss = probabilities.length === 0 ? record.epss : Math.max(...probabilities);
  return { ...record, ...(days[0] === undefined ? {} : { kev: days[0] }), ...(epss === undefined ? {} : { epss }) };
}

function sourcesOf({ base, layers, exploited, scores }: Omit<Layers, 'ecosystem'>): readonly AdvisorySource[] {
  const licence = 'see the source';
  return [
    ...(base?.head.sources ?? []),
    ...layers.flatMap(({ head }) => head.sources),
    ...(exploited === undefined ? [] : [{ name: 'CISA KEV', date: exploited.date, licence, scope: 'known to be exploited' }]),
    ...(scores === undefined ? [] : [{ name: 'EPSS', date: scores.date, licence, scope: 'probability of exploitation' }]),
  ];
}
