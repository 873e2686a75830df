import type { SastRule } from '../rules/rule-schema.ts';
import type { Session } from '../taint/session.ts';
import type { RuleMatch } from './match.ts';

/** Finds checks of who asks that are written as comments: the route is there, and the check is not. */
export function checkDisabledGuards(session: Session, rule: SastRule): readonly RuleMatch[] {
  const seen = new Set<string>();
  return session.instances.flatMap((instance) => {
    const { module } = instance.unit;
    if (instance.fn.id !== 0 || seen.has(module.path)) return [];
    seen.add(module.path);
    return (module.disabledGuards ?? []).map(({ start, end }) => {
      const base = { ruleId: rule.id, site: { path: module.path, start, end }, instance, id: undefined, taint: undefined };
      return { ...base, label: 'a check of who asks that is turned off as a comment', guessed: false, low: false, secret: undefined };
    });
  });
}
