import type { Severity } from '@lib/contract';
import { z } from 'zod';
import { compareVersions } from './compare-versions.ts';
import { ecosystems, type Named } from './package-version.ts';

const eventSchema = z.object({ introduced: z.string().optional(), fixed: z.string().optional(), last_affected: z.string().optional() });

/** The part of the Open Source Vulnerability schema 1.6 that decides whether a version is affected. Source: ossf.github.io/osv-schema. */
export const advisorySchema = z.object({
  id: z.string().min(1),
  aliases: z.array(z.string()).default([]),
  summary: z.string(),
  withdrawn: z.string().optional(),
  database_specific: z.object({
    severity: z.enum(['LOW', 'MODERATE', 'MEDIUM', 'HIGH', 'CRITICAL']),
    cwe_ids: z.array(z.string().regex(/^CWE-\d+$/u)).default([]),
  }),
  affected: z.array(
    z.object({
      package: z.object({ ecosystem: z.enum(ecosystems), name: z.string() }),
      ranges: z.array(z.object({ type: z.enum(['SEMVER', 'ECOSYSTEM']), events: z.array(eventSchema) })).default([]),
      versions: z.array(z.string()).default([]),
    }),
  ),
});
export type Advisory = z.infer<typeof advisorySchema>;

export const advisoryFileSchema = z.object({ advisories: z.array(advisorySchema) });

const severityOf: Readonly<Record<Advisory['database_specific']['severity'], Severity>> = {
  LOW: 'low',
  MODERATE: 'medium',
  MEDIUM: 'medium',
  HIGH: 'high',
  CRITICAL: 'critical',
};

/** The advisory's severity in our words. */
export function advisorySeverity(advisory: Advisory): Severity {
  return severityOf[advisory.database_specific.severity];
}

/** Whether a version is affected, and from which version on it is not (undefined when no fix is known for its line). */
export type Affected = { readonly fixed: string | undefined };

/** Evaluates an advisory's ranges for one version. Undefined when it is not affected, or is not a version at all. */
export function affectedBy(advisory: Advisory, { ecosystem, name, version }: Named): Affected | undefined {
  if (advisory.withdrawn !== undefined) return undefined;
  for (const affected of advisory.affected) {
    if (affected.package.ecosystem !== ecosystem || affected.package.name !== name) continue;
    if (affected.versions.includes(version)) return { fixed: undefined };
    for (const range of affected.ranges) {
      const hit = inRange((other) => compareVersions(ecosystem, version, other), range.events);
      if (hit !== undefined) return hit;
    }
  }
  return undefined;
}

type RangeEvent = z.infer<typeof eventSchema>;
type Order = (other: string) => number | undefined; // of the judged version to another one

// Events come in pairs: affected from `introduced` until just before `fixed`, or through `last_affected`.
function inRange(order: Order, events: readonly RangeEvent[]): Affected | undefined {
  let open = false;
  for (const event of events) {
    if (event.introduced !== undefined) {
      open = event.introduced === '0' || (order(event.introduced) ?? -1) >= 0;
      continue;
    }
    if (open && endsAfter(order, event)) return { fixed: event.fixed };
    open = false;
  }
  return open && order('0.0.0') !== undefined ? { fixed: undefined } : undefined;
}

function endsAfter(order: Order, event: RangeEvent): boolean {
  if (event.fixed !== undefined) return (order(event.fixed) ?? 0) < 0;
  return event.last_affected !== undefined && (order(event.last_affected) ?? 1) <= 0;
}
