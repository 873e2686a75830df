import type { SastRule } from '../rules/rule-schema.ts';
import type { Session } from '../taint/session.ts';
import type { RuleMatch } from './match.ts';

const proof = /hmac|signature|verify|token|webhook|api_?key|auth/iu; // a name that says that who calls proves itself otherwise

/** Finds views of Django that are taken out of the check of where a request comes from, and ask for no other proof. */
export function checkCsrfExempt(session: Session, rule: SastRule): readonly RuleMatch[] {
  return session.instances.flatMap((instance) => {
    const { fn, unit } = instance;
    if (!fn.decorators.some(({ name }) => name === 'py:csrf_exempt')) return [];
    const isProved =
      proof.test(fn.name) ||
      fn.decorators.some(({ name }) => proof.test(name)) ||
      fn.code.some((made) => made.op === 'call' && made.spelling.some((word) => proof.test(word)));
    if (isProved) return [];
    const site = { path: unit.module.path, start: fn.start, end: fn.end };
    const base = { ruleId: rule.id, site, instance, id: undefined, taint: undefined };
    return [{ ...base, label: 'a view that any page may send to', guessed: false, low: false, secret: undefined }];
  });
}
