import type { SastRule } from '../rules/rule-schema.ts';
import type { Instance } from '../taint/instance.ts';
import { deepTaints } from '../taint/members.ts';
import { valueOf, type Session } from '../taint/session.ts';
import type { Taint } from '../taint/taint.ts';
import type { Value } from '../taint/value.ts';
import type { RuleMatch } from './match.ts';

/** Names of values that must not be guessable. */
const secretName =
  /(?:token|secret|passw(?:or)?d|passphrase|otp|pin(?:code)?|nonce|(?:hash|pass|password)_?salt|^salt|session_?id|sid|api_?key|csrf|invite_?code|reset_?code|verification_?code|recovery|one_?time|(?:secret|private|signing|encryption|auth|access|license)_?key)$/iu;
const makerName =
  /(?:token|secret|password|otp|nonce|session_?id|api_?key|csrf|(?:reset|invite|verification|recovery|auth|access)_?code)/iu;

/** Finds secrets that are made from a generator whose numbers can be foretold. */
export function checkRandomSecrets(session: Session, rule: SastRule): readonly RuleMatch[] {
  if (!session.origins.has('weak-random')) return [];
  const matches: RuleMatch[] = [];
  for (const instance of session.instances) {
    matches.push(...inVariables(session, rule, instance), ...inMembers(session, rule, instance));
    if (makerName.test(instance.fn.name) && !/^(?:is|has|check|verify)/iu.test(instance.fn.name)) {
      const found = weak(session, instance, instance.returned);
      if (found !== undefined) matches.push(matchAt({ rule, instance, taint: found, name: instance.fn.name }));
    }
  }
  return matches;
}

function inVariables(session: Session, rule: SastRule, instance: Instance): readonly RuleMatch[] {
  return instance.fn.variables.flatMap((variable) => {
    if (!secretName.test(variable.name)) return [];
    return variable.writes.flatMap((write) => {
      const taint = weak(session, instance, valueOf(instance, write));
      return taint === undefined ? [] : [matchAt({ rule, instance, taint, name: variable.name })];
    });
  });
}

function inMembers(session: Session, rule: SastRule, instance: Instance): readonly RuleMatch[] {
  return instance.fn.code.flatMap((instruction) => {
    if (instruction.op !== 'store' || !('name' in instruction.key) || !secretName.test(instruction.key.name)) return [];
    const taint = weak(session, instance, valueOf(instance, instruction.value));
    return taint === undefined ? [] : [matchAt({ rule, instance, taint, name: instruction.key.name })];
  });
}

type Found = { readonly rule: SastRule; readonly instance: Instance; readonly taint: Taint; readonly name: string };

/** The place to repair is where the number is drawn. */
function matchAt({ rule, instance, taint, name }: Found): RuleMatch {
  return {
    ruleId: rule.id,
    site: taint.source.site,
    instance,
    id: undefined,
    taint,
    label: `\`${name}\``,
    guessed: false,
    low: false,
    secret: undefined,
  };
}

function weak(session: Session, instance: Instance, value: Value): Taint | undefined {
  return deepTaints({ session, instance, at: 0 }, value, 1).find((taint) => taint.source.origin === 'weak-random');
}
