import type { SastRule } from '../rules/rule-schema.ts';
import { siteOf, valueOf, type Session } from '../taint/session.ts';
import type { Value } from '../taint/value.ts';
import type { RuleMatch } from './match.ts';

/** Finds secrets that are compared with data from outside by an operator that stops at the first difference. */
export function checkComparisons(session: Session, rule: SastRule): readonly RuleMatch[] {
  const matches: RuleMatch[] = [];
  for (const { instance, id } of session.comparisons.values()) {
    const instruction = instance.fn.code[id];
    if (instruction?.op !== 'binary') continue;
    const left = valueOf(instance, instruction.left);
    const right = valueOf(instance, instruction.right);
    const outside = requestTaint(left) ?? requestTaint(right);
    if (outside === undefined || !(isSecret(left, right) || isSecret(right, left))) continue;
    const label = 'a comparison that takes longer the more characters agree';
    matches.push({
      ruleId: rule.id,
      site: siteOf(instance, id),
      instance,
      id,
      taint: outside,
      label,
      guessed: false,
      low: false,
      secret: undefined,
    });
  }
  return matches;
}

/** One side is secret, and the other comes from outside. A signature is one whatever it was computed of. */
function isSecret(side: Value, other: Value): boolean {
  if (requestTaint(other) === undefined || other.taints.some(({ source }) => source.origin === 'mac')) return false;
  const origins = side.taints.map(({ source }) => source.origin);
  return origins.includes('mac') || (origins.includes('sensitive') && requestTaint(side) === undefined);
}

function requestTaint(value: Value): Value['taints'][number] | undefined {
  return value.taints.find((taint) => taint.source.origin === 'request');
}
