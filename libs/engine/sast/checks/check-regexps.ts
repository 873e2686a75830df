import type { SastRule } from '../rules/rule-schema.ts';
import type { Session } from '../taint/session.ts';
import { siteOf } from '../taint/session.ts';
import { ambiguityOf, type AmbiguityBounds } from './regexp-ambiguity.ts';
import type { RuleMatch } from './match.ts';

/** Which expressions to look for, and in the light of which data. */
export type RegexpCheck = {
  readonly rule: SastRule;
  readonly origins: readonly string[];
  readonly degree: 'exponential' | 'polynomial';
  readonly bounds: AmbiguityBounds;
};

/** Finds expressions of exponential or polynomial matching time that are applied to data from outside. */
export function checkRegexps(session: Session, wanted: RegexpCheck): readonly RuleMatch[] {
  const { rule, origins, degree, bounds } = wanted;
  const matches: RuleMatch[] = [];
  for (const { instance, id, regexp, subject } of session.regexpUses.values()) {
    const instruction = instance.fn.code[id];
    const taint = subject.taints.find(
      (candidate) => origins.includes(candidate.source.origin) && !isEverythingSafe(session, candidate.safe),
    );
    if (instruction === undefined || taint === undefined || regexp.regexp === undefined) continue;
    if (ambiguityOf(regexp.regexp.pattern, regexp.regexp.flags, bounds) !== degree) continue;
    const label = `the expression \`${regexp.regexp.pattern.slice(0, 80)}\`, which can take ${degree} time`;
    matches.push({
      ruleId: rule.id,
      site: siteOf(instance, id),
      instance,
      id,
      taint,
      label,
      guessed: taint.guessed,
      low: false,
      secret: undefined,
    });
  }
  return matches;
}

function isEverythingSafe(session: Session, safe: number): boolean {
  return (safe & session.models.everyKind) === session.models.everyKind;
}
