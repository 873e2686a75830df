import type { ValueId } from '../ir/instruction.ts';
import type { SastRule } from '../rules/rule-schema.ts';
import type { Instance } from '../taint/instance.ts';
import { siteOf } from '../taint/session.ts';
import type { RuleMatch } from './match.ts';

/** A match of something that stands in the code as it is, whatever data comes by. */
export function matchAt(rule: SastRule, instance: Instance, found: { readonly id: ValueId; readonly label: string }): RuleMatch {
  const { id, label } = found;
  return {
    ruleId: rule.id,
    site: siteOf(instance, id),
    instance,
    id,
    taint: undefined,
    label,
    guessed: false,
    low: false,
    secret: undefined,
  };
}
