import type { SastRule } from '../rules/rule-schema.ts';
import { siteOf, valueOf, type Session } from '../taint/session.ts';
import type { RuleMatch } from './match.ts';

/** Finds calls of whichever member data from outside names. */
export function checkDynamicCalls(session: Session, rule: SastRule, origins: readonly string[]): readonly RuleMatch[] {
  const harmless = session.models.bits.get('code') ?? 0;
  return session.instances.flatMap((instance) =>
    instance.fn.code.flatMap((instruction, id) => {
      const callee = instruction.op === 'call' ? instance.fn.code[instruction.callee] : undefined;
      if (callee?.op !== 'load' || !('computed' in callee.key)) return [];
      const { taints } = valueOf(instance, callee.key.computed);
      const taint = taints.find(({ source, safe }) => origins.includes(source.origin) && (safe & harmless) === 0);
      if (taint === undefined) return [];
      const label = 'the name of the method that is called';
      return [
        { ruleId: rule.id, site: siteOf(instance, id), instance, id, taint, label, guessed: taint.guessed, low: false, secret: undefined },
      ];
    }),
  );
}
