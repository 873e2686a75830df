import type { Severity } from '@lib/contract';
import * as cvss from 'ae-cvss-calculator';
import { z } from 'zod';

const scoresSchema = z.object({ overall: z.number() });

/** The rating of a CVSS vector of version 2, 3 or 4, in words; undefined when it is none. Source: first.org/cvss, qualitative scale. */
export function cvssSeverity(vector: string): Severity | undefined {
  if (/^\d{1,2}(?:\.\d)?$/u.test(vector)) return scoreSeverity(Number(vector));
  const score = scoreOf(vector);
  return score === undefined ? undefined : scoreSeverity(score);
}

/** A CVSS base score, 0 to 10, in words. */
export function scoreSeverity(score: number): Severity {
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  return score > 0 ? 'low' : 'info';
}

function scoreOf(vector: string): number | undefined {
  try {
    const scored: unknown = calculator(cvss)?.fromVector(vector)?.calculateScores();
    return scoresSchema.safeParse(scored).data?.overall;
  } catch {
    return undefined;
  }
}

type Calculator = { readonly fromVector: (vector: string) => { readonly calculateScores: () => unknown } | undefined };

// The package is one old module: what a new one sees of it depends on who loads it.
function calculator(loaded: object): Calculator | undefined {
  const inner: unknown = 'default' in loaded ? loaded.default : loaded;
  return isCalculator(inner) ? inner : undefined;
}

function isCalculator(value: unknown): value is Calculator {
  return typeof value === 'object' && value !== null && 'fromVector' in value && typeof value.fromVector === 'function';
}
