import { limits, severitySchema } from '@lib/contract';
import { z } from 'zod';
import type { Named } from '../dependency.ts';
import { compareVersions } from '../versions/compare-versions.ts';

const eventSchema = z.object({
  introduced: z.string().max(limits.noteCharsMax).optional(),
  fixed: z.string().max(limits.noteCharsMax).optional(),
  last_affected: z.string().max(limits.noteCharsMax).optional(),
  limit: z.string().max(limits.noteCharsMax).optional(),
});
export type RangeEvent = z.infer<typeof eventSchema>;

/**
 * What one advisory says of one package: an OSV document cut down to what decides and what is shown, with every other name of the same
 * flaw. `severity` is absent where nobody rated it. `kev` is the day on which CISA listed it as exploited; `epss` the probability of
 * exploitation within 30 days, 0 to 1. Source: ossf.github.io/osv-schema 1.6.
 */
export const advisoryRecordSchema = z.object({
  id: z.string().min(1).max(limits.noteCharsMax),
  aliases: z.array(z.string().max(limits.noteCharsMax)).max(50).default([]),
  summary: z.string().max(limits.noteCharsMax),
  severity: severitySchema.optional(),
  cwe: z.array(z.int().min(1).max(9999)).max(20).default([]),
  ranges: z.array(z.array(eventSchema).max(500)).max(200).default([]),
  versions: z.array(z.string().max(limits.noteCharsMax)).max(5000).default([]),
  symbols: z.array(z.string().max(limits.noteCharsMax)).max(200).default([]),
  kev: z.string().max(10).optional(),
  epss: z.number().min(0).max(1).optional(),
  /** Somebody published the package to do harm; there is no version to update to. */
  malicious: z.boolean().optional(),
});
export type AdvisoryRecord = z.infer<typeof advisoryRecordSchema>;

/** The versions at which an advisory's ranges end for a version inside of them; empty when no fix is known. Undefined when it is not affected. */
export function affectedBy(
  record: AdvisoryRecord,
  { ecosystem, version }: Omit<Named, 'name'>,
): { readonly fixes: readonly string[] } | undefined {
  const order = (other: string): number | undefined => compareVersions(ecosystem, version, other);
  const hits = record.ranges.filter((events) => isInside(events, order));
  const listed = record.versions.some((other) => other === version || order(other) === 0);
  if (hits.length === 0 && !listed) return undefined;
  return { fixes: record.ranges.flatMap((events) => events.flatMap((event) => (event.fixed === undefined ? [] : [event.fixed]))) };
}

type Order = (other: string) => number | undefined; // of the judged version to another one

// The evaluation of the OSV schema: events in the order of their versions, of which the last that is not after the judged version decides.
function isInside(events: readonly RangeEvent[], order: Order): boolean {
  if (order('0') === undefined) return false; // not a version at all
  let inside = false;
  for (const event of events) {
    const begins = event.introduced !== undefined;
    const reached = hasReached(event, order);
    // an end that cannot be placed leaves nothing to say; a beginning that cannot is none
    if (reached === undefined && !begins) return false;
    if (reached === true) inside = begins;
  }
  return inside;
}

function hasReached({ introduced, fixed, last_affected: last, limit }: RangeEvent, order: Order): boolean | undefined {
  const at = introduced ?? fixed ?? last ?? limit ?? '*';
  if (at === '*' || at === '0') return at === '0';
  const ordered = order(at);
  if (ordered === undefined) return undefined;
  return last === undefined ? ordered >= 0 : ordered > 0;
}
