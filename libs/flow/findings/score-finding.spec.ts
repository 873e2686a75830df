import { confidences, severities } from '@lib/contract';
import { describe, expect, it } from 'vitest';
import { scoreFinding } from './score-finding.ts';

const step = { location: { path: 'a.ts', startLine: 1, startColumn: 1, endLine: 1, endColumn: 2 }, note: 'here' };

const of = { purl: 'pkg:npm/a@1', installedVersion: '1', fixedVersions: [], advisoryIds: [] };
const exploited = { ...of, knownExploitedSince: '2026-01-01', exploitProbability: 0.9 };
const forgotten = { ...of, dev: true, use: { kind: 'not_found' as const } };
const scoreOf = (dependency: Parameters<typeof scoreFinding>[0]['dependency']) =>
  scoreFinding({ severity: 'high', confidence: 'high', flow: [], dependency });

describe('scoreFinding', () => {
  it('a_flaw_that_is_exploited_comes_before_one_that_is_likely_to_be_and_that_before_others', () => {
    expect([scoreOf(exploited), scoreOf({ ...of, exploitProbability: 0.2 }), scoreOf(of)].map(({ score }) => score)).toEqual([80, 75, 70]);
  });

  it('a_package_that_no_source_names_or_only_development_needs_comes_later_and_says_why', () => {
    expect(scoreOf(forgotten)).toEqual({
      score: 40,
      factors: [
        { name: 'severity high', points: 50 },
        { name: 'confidence high', points: 20 },
        { name: 'only development needs it', points: -15 },
        { name: 'no source names it', points: -15 },
      ],
    });
    expect(scoreOf({ ...of, use: { kind: 'named', place: 'a.ts:1' } }).score).toBe(70);
    expect(scoreOf({ ...of, use: { kind: 'hidden', place: 'a.ts:1' } }).score).toBe(70);
  });

  it('a_vulnerable_function_that_is_used_comes_before_a_package_that_is_called_and_that_before_one_whose_function_nobody_uses', () => {
    const place = 'a.ts:1';
    const uses = [
      { kind: 'vulnerable_called' as const, place, symbol: 'template' },
      { kind: 'called' as const, place },
      { kind: 'vulnerable_not_called' as const, place, symbols: ['template'] },
    ];
    expect(uses.map((use) => scoreOf({ ...of, use }).score)).toEqual([75, 70, 60]);
    expect(scoreOf({ ...of, use: uses[2] }).factors.at(-1)).toEqual({ name: 'no source uses the vulnerable function', points: -10 });
  });

  it('the_factors_shown_always_sum_to_the_score_and_stay_within_0_and_100', () => {
    for (const severity of severities) {
      for (const confidence of confidences) {
        for (const [flow, dependency] of [
          [[], undefined],
          [[step, step], undefined],
          [[step, step], exploited],
          [[], forgotten],
        ] as const) {
          const { score, factors } = scoreFinding({ severity, confidence, flow: [...flow], dependency });
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
