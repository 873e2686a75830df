import type { Confidence, FindingBody, FindingDraft, Severity } from '@lib/contract';

const severityPoints: Readonly<Record<Severity, number>> = { critical: 70, high: 50, medium: 30, low: 12, info: 0 };
const confidencePoints: Readonly<Record<Confidence, number>> = { high: 20, medium: 10, low: 0 };
const flowPoints = 10; // a traced path from input to sink is a finding that can be acted on

/** The priority of a finding, 0 to 100: a sum whose parts are shown beside it. */
export type Score = { readonly score: number; readonly factors: FindingBody['scoreFactors'] };

/** Adds up what is known of a draft. The factors always sum to the score. */
export function scoreFinding(draft: Pick<FindingDraft, 'severity' | 'confidence' | 'flow'>): Score {
  const factors = [
    { name: `severity ${draft.severity}`, points: severityPoints[draft.severity] },
    { name: `confidence ${draft.confidence}`, points: confidencePoints[draft.confidence] },
    ...(draft.flow.length > 1 ? [{ name: 'traced from input to sink', points: flowPoints }] : []),
  ].filter((factor) => factor.points > 0);
  return { score: factors.reduce((sum, factor) => sum + factor.points, 0), factors };
}
