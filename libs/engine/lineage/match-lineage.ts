import { findMoves } from './find-moves.ts';
import { likeness } from './sketch.ts';
import { pairGroups, pairWithin, type Pairing } from './pair-groups.ts';
import { ruleToday, type RuleMove } from './rule-moves.ts';
import type { Reported, Traits } from './traits.ts';

/** Least likeness, measured by `npm run score:lineage`: below them two reports are two flaws. */
const alike = { reshaped: 0.3, moved: 0.6, edited: 0.35 } as const;

/**
 * Finds which of the known reports each new one continues: by index, `seen` to `known`; what is not in it is new. From the surest sign to
 * the least: same place and text; same place and shape; the same in a file that has moved; text that has moved to another file; an edited
 * line between the lines that it stood between. A sign that fits two and cannot tell them apart fits none. Pure; the same for any order of
 * its arguments but for reports that are equal in every trait.
 */
export function matchLineage(
  known: readonly Reported[],
  seen: readonly Reported[],
  moves?: readonly RuleMove[],
): ReadonlyMap<number, number> {
  const today = (report: Reported): Reported => ({ ...report, ruleId: ruleToday(report.ruleId, moves) });
  const pairing: Pairing = { known: known.map(today), seen: seen.map(today), pairs: new Map(), taken: new Set() };
  pairGroups(pairing, { key: byFingerprint });
  pairPlaces(pairing, new Map());
  const renamed = findMoves(pairing);
  if (renamed.size > 0) pairPlaces(pairing, renamed);
  for (const trait of ['context', 'shape'] as const) pairGroups(pairing, { key: (report) => keyOf(report, trait, ''), least: alike.moved });
  pairGroups(pairing, { key: byFingerprint, gone: true });
  pairGroups(pairing, { key: (report) => keyOf(report, 'context', report.traits.path), gone: true });
  return pairing.pairs;
}

// Reports of before traits were kept have nothing else.
function byFingerprint({ tool, fingerprint, traits }: Reported, isKnown: boolean): string | undefined {
  return isKnown && traits.context !== undefined ? undefined : `${tool}\n${fingerprint}`;
}

/** Pairs within one file, which may have moved. */
function pairPlaces(pairing: Pairing, renamed: ReadonlyMap<string, string>): void {
  const pathOf = ({ traits: { path } }: Reported, isKnown: boolean): string => (isKnown ? (renamed.get(path) ?? path) : path);
  pairGroups(pairing, { key: (report, isKnown) => keyOf(report, 'context', pathOf(report, isKnown)) });
  pairGroups(pairing, { key: (report, isKnown) => keyOf(report, 'secret', pathOf(report, isKnown)) });
  pairGroups(pairing, { key: (report, isKnown) => keyOf(report, 'shape', pathOf(report, isKnown)), least: alike.reshaped });
  pairWithin(pairing, { key: (report, isKnown) => `${report.tool}\n${report.ruleId}\n${pathOf(report, isKnown)}`, like: edited });
}

function keyOf({ tool, ruleId, traits }: Reported, trait: 'context' | 'shape' | 'secret', path: string): string | undefined {
  return traits[trait] === undefined ? undefined : `${tool}\n${ruleId}\n${path}\n${traits[trait]}`;
}

/** How alike two reports are whose line was edited: nothing, unless the lines around are the ones that it stood between. */
function edited(a: Traits, b: Traits): number | undefined {
  if (a.before !== b.before || a.after !== b.after || (a.before === '' && a.after === '')) return undefined;
  const like = Math.max(likeness(a.near, b.near) ?? 0, likeness(a.form, b.form) ?? 0);
  return like < alike.edited ? undefined : like;
}
