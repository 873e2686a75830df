import type { Instruction, ValueId } from '../ir/instruction.ts';
import type { SastRule } from '../rules/rule-schema.ts';
import type { Instance } from '../taint/instance.ts';
import { baseOf } from '../taint/relation.ts';
import { valueOf, type Session } from '../taint/session.ts';
import { stringsOf } from '../taint/value.ts';
import { matchAt } from './match-at.ts';
import type { RuleMatch } from './match.ts';

type Call = Extract<Instruction, { op: 'call' }>;

const secretName = /sess|token|auth|jwt|^sid|sid$|remember|login/iu;
const settings = /^set(?:Secure|HttpOnly)$/u;

/** Finds session cookies of Java that are sent as they were made: neither kept from scripts nor from connections in the open. */
export function checkUnsetCookies(session: Session, rule: SastRule): readonly RuleMatch[] {
  return session.instances.flatMap((instance) => {
    if (instance.unit.module.language !== 'java') return [];
    const { code } = instance.fn;
    return code.flatMap((sent, id) => {
      const cookie = sent.op === 'call' && sent.spelling.at(-1) === 'addCookie' ? sent.arguments[0]?.value : undefined;
      if (cookie === undefined) return [];
      const made = code[madeAt(code, cookie)];
      if (made?.op !== 'call' || made.form !== 'new' || !isSecret(instance, made)) return [];
      const isSet = code.some(
        (other) =>
          other.op === 'call' &&
          settings.test(other.spelling.at(-1) ?? '') &&
          other.receiver !== undefined &&
          madeAt(code, other.receiver) === madeAt(code, cookie),
      );
      return isSet ? [] : [matchAt(rule, instance, { id, label: 'a session cookie without `HttpOnly` and `Secure`' })];
    });
  });
}

/** Where a value was made, whatever type it was declared with. */
function madeAt(code: readonly Instruction[], id: ValueId): ValueId {
  const base = baseOf(code, id);
  const made = code[base];
  return made?.op === 'declared' ? baseOf(code, made.value) : base;
}

function isSecret(instance: Instance, made: Call): boolean {
  const [name] = made.arguments;
  return name !== undefined && stringsOf(valueOf(instance, name.value)).some((text) => secretName.test(text));
}
