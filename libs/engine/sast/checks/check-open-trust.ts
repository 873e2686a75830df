import type { SastRule } from '../rules/rule-schema.ts';
import type { Instance } from '../taint/instance.ts';
import { valueOf, type Session } from '../taint/session.ts';
import type { SinkHit } from '../taint/sink-hits.ts';
import { onlyConstant } from '../taint/value.ts';
import { matchAt } from './match-at.ts';
import type { RuleMatch } from './match.ts';

/** Finds classes of Java that are asked whether a server may be believed, and believe every one: a check that does nothing, or says yes to all. */
export function checkOpenTrust(session: Session, rule: SastRule, hits: readonly SinkHit[]): readonly RuleMatch[] {
  return [...inClasses(session, rule), ...hits.flatMap((hit) => (isOpenCheck(hit) ? [matchAt(rule, hit.instance, hit)] : []))];
}

/** A lambda that is asked whether a name fits, and says yes to all. */
function isOpenCheck({ kind, value }: SinkHit): boolean {
  if (kind !== 'name-check') return false;
  const asked = value.objects.flatMap(({ closure }) => closure?.instances ?? []);
  return asked.length > 0 && asked.every(({ returned }) => onlyConstant(returned)?.value === true);
}

function inClasses(session: Session, rule: SastRule): readonly RuleMatch[] {
  return session.instances.flatMap((instance) => {
    if (instance.unit.module.language !== 'java' || !(trustsAll(instance) || namesAll(instance))) return [];
    const { fn, unit } = instance;
    const site = { path: unit.module.path, start: fn.start, end: fn.end };
    const label = 'whoever answers is believed to be the right one';
    const base = { ruleId: rule.id, site, instance, id: undefined, taint: undefined, label };
    return [{ ...base, guessed: false, low: false, secret: undefined }];
  });
}

/** `checkServerTrusted(chain, authType) {}`: what refuses a chain makes an exception, or calls something that does. */
function trustsAll({ fn }: Instance): boolean {
  return fn.name.endsWith('.checkServerTrusted') && !fn.code.some(({ op }) => op === 'call');
}

/** `verify(host, session) { return true; }` */
function namesAll(instance: Instance): boolean {
  const { fn } = instance;
  const [, session] = fn.parameters;
  if (!fn.name.endsWith('.verify') || session === undefined || !/\bSSLSession\b/u.test(session.annotation?.name ?? '')) return false;
  const returned = fn.code.flatMap((made) => (made.op === 'return' ? [made.value] : []));
  return returned.length > 0 && returned.every((value) => onlyConstant(valueOf(instance, value))?.value === true);
}
