/** A rule that goes by another name today: the old id, or a pattern of old ids with what becomes of them. */
export type RuleMove = readonly [from: string | RegExp, to: string];

/**
 * What was decided about a finding of the old rule stays with that of the new one. A rule that is renamed gets its line here; one that is
 * split gets none, for nobody can say which part is meant. Renames of other tools count too, with ids as imports write them.
 */
export const ruleMoves: readonly RuleMove[] = [
  [/^trivy\/avd-([a-z]+-\d{4})$/u, 'trivy/$1'], // Trivy dropped the prefix of its checks
];

const hopsMax = 5; // renames of one rule, one after the other

/** The name that a rule goes by today. Bounded: a ring in the table ends. */
export function ruleToday(ruleId: string, moves: readonly RuleMove[] = ruleMoves): string {
  let today = ruleId;
  for (let hop = 0; hop < hopsMax; hop++) {
    const move = moves.find(([from]) => (typeof from === 'string' ? from === today : from.test(today)));
    if (move === undefined) return today;
    today = typeof move[0] === 'string' ? move[1] : today.replace(move[0], move[1]);
  }
  return today;
}
