import { confidences, severities } from '@lib/contract';
import { describe, expect, it } from 'vitest';
import { scoreFinding } from './score-finding.ts';

const step = { location: { path: 'a.ts', startLine: 1, startColumn: 1, endLine: 1, endColumn: 2 }, note: 'here' };

describe('scoreFinding', () => {
  it('the_factors_shown_always_sum_to_the_score_and_stay_within_0_and_100', () => {
    for (const severity of severities) {
      for (const confidence of confidences) {
        for (const flow of [[], [step, step]]) {
          const { score, factors } = scoreFinding({ severity, confidence, flow });
          expect(factors.reduce((sum, factor) => sum + factor.points, 0)).toBe(score);
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(100);
        }
      }
    }
  });

  it('a_worse_severity_never_scores_lower_at_equal_confidence', () => {
    for (const confidence of confidences) {
      const scores = severities.map((severity) => scoreFinding({ severity, confidence, flow: [] }).score);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    }
  });
});
