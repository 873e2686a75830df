import type { Confidence, FindingBody, FindingDraft, Severity } from '@lib/contract';

const severityPoints: Readonly<Record<Severity, number>> = { critical: 70, high: 50, medium: 30, low: 12, info: 0 };
const confidencePoints: Readonly<Record<Confidence, number>> = { high: 20, medium: 10, low: 0 };
const flowPoints = 10; // a traced path from input to sink is a finding that can be acted on

const exploitedPoints = 10; // somebody does it already
const likelyPoints = 5;
const likelyProbability = 0.1; // EPSS: some three flaws in a hundred are above it
const unusedPoints = -15; // no source names the package or what needs it: a heuristic, so it moves down and does not go away
const calledPoints = 5; // a function that an advisory names is used
const notCalledPoints = -10; // the package is used, and what its advisories name is not: less sure than that nothing names it
const developmentPoints = -15;

/** The priority of a finding, 0 to 100: a sum whose parts are shown beside it. */
export type Score = { readonly score: number; readonly factors: FindingBody['scoreFactors'] };

/** Adds up what is known of a draft. The factors always sum to the score, which stays within 0 and 100: the last ones give way. */
export function scoreFinding(draft: Pick<FindingDraft, 'severity' | 'confidence' | 'flow' | 'dependency'>): Score {
  const factors: FindingBody['scoreFactors'] = [];
  let score = 0;
  for (const { name, points } of factorsOf(draft)) {
    const within = Math.min(100, Math.max(0, score + points)) - score;
    if (within !== 0) factors.push({ name, points: within });
    score += within;
  }
  return { score, factors };
}

function factorsOf({ severity, confidence, flow, dependency }: Parameters<typeof scoreFinding>[0]): FindingBody['scoreFactors'] {
  return [
    { name: `severity ${severity}`, points: severityPoints[severity] },
    { name: `confidence ${confidence}`, points: confidencePoints[confidence] },
    ...(flow.length > 1 ? [{ name: 'traced from input to sink', points: flowPoints }] : []),
    ...(dependency === undefined ? [] : dependencyFactors(dependency)),
  ];
}

function dependencyFactors(dependency: NonNullable<FindingDraft['dependency']>): FindingBody['scoreFactors'] {
  const { knownExploitedSince: exploited, exploitProbability = 0, dev, use } = dependency;
  return [
    ...(exploited === undefined ? [] : [{ name: 'known to be exploited', points: exploitedPoints }]),
    ...(exploited === undefined && exploitProbability >= likelyProbability
      ? [{ name: 'likely to be exploited (EPSS)', points: likelyPoints }]
      : []),
    ...(dev === true ? [{ name: 'only development needs it', points: developmentPoints }] : []),
    ...(use?.kind === 'vulnerable_called' ? [{ name: 'sources use the vulnerable function', points: calledPoints }] : []),
    ...(use?.kind === 'vulnerable_not_called' ? [{ name: 'no source uses the vulnerable function', points: notCalledPoints }] : []),
    ...(use?.kind === 'not_found' ? [{ name: 'no source names it', points: unusedPoints }] : []),
  ];
}
