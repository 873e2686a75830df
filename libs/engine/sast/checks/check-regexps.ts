import type { SastRule } from '../rules/rule-schema.ts';
import type { Session } from '../taint/session.ts';
import { siteOf } from '../taint/session.ts';
import { isExponential, type AmbiguityBounds } from './regexp-ambiguity.ts';
import type { RuleMatch } from './match.ts';

/** Finds expressions of exponential matching time that are applied to data from outside. */
export function checkRegexps(session: Session, rule: SastRule, bounds: AmbiguityBounds): readonly RuleMatch[] {
  const matches: RuleMatch[] = [];
  for (const { instance, id, regexp, subject } of session.regexpUses.values()) {
    const instruction = instance.fn.code[id];
    const taint = subject.taints.find((candidate) => candidate.source.origin === 'request' && !isEverythingSafe(session, candidate.safe));
    if (instruction === undefined || taint === undefined || regexp.regexp === undefined) continue;
    if (!isExponential(regexp.regexp.pattern, regexp.regexp.flags, bounds)) continue;
    const label = `the expression \`${regexp.regexp.pattern.slice(0, 80)}\`, which can take exponential time`;
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
