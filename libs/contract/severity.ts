import { z } from 'zod';

/** From worst to least. The database keeps the rank (4..0), so that an index can order by it under row-level security. */
export const severities = ['critical', 'high', 'medium', 'low', 'info'] as const;
export const severitySchema = z.enum(severities);
export type Severity = z.infer<typeof severitySchema>;

/** How sure the analyzer is that what it says is so. Kept apart from severity: how bad it would be. */
export const confidences = ['high', 'medium', 'low'] as const;
export const confidenceSchema = z.enum(confidences);
export type Confidence = z.infer<typeof confidenceSchema>;

const severityRanks: Readonly<Record<Severity, number>> = { critical: 4, high: 3, medium: 2, low: 1, info: 0 };

/** Rank of a severity, 4 (critical) to 0 (info). */
export function severityRank(severity: Severity): number {
  return severityRanks[severity];
}

/** And back: the severity of a rank that the database keeps. */
export function severityOf(rank: number): Severity {
  return severities.find((severity) => severityRanks[severity] === rank) ?? 'info';
}
