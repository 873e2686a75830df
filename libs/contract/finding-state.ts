import { z } from 'zod';

/**
 * Where a finding stands. `open`: nobody has looked yet; `reopened`: it was gone and is there again; `in_review` and `confirmed` are what
 * people decided; `accepted_risk` and `false_positive`: a person signed that, for a time (see suppression.ts); `fixed`: a complete scan
 * looked and did not find it; `proposed`: only scans of changes have seen it. Scans set `open`, `fixed`, `reopened` and `proposed`, people
 * the others.
 */
export const findingStates = [
  'open',
  'reopened',
  'in_review',
  'confirmed',
  'accepted_risk',
  'false_positive',
  'fixed',
  'proposed',
] as const;
export const findingStateSchema = z.enum(findingStates);
export type FindingState = z.infer<typeof findingStateSchema>;

/** What a person may decide; `open` takes a decision back. */
export const decidedStates = ['open', 'in_review', 'confirmed'] as const;
export const decidedStateSchema = z.enum(decidedStates);
export type DecidedState = z.infer<typeof decidedStateSchema>;
