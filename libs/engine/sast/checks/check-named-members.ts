import type { ValueId } from '../ir/instruction.ts';
import type { SastRule } from '../rules/rule-schema.ts';
import type { Instance } from '../taint/instance.ts';
import { baseOf } from '../taint/relation.ts';
import { siteOf, valueOf, type Session } from '../taint/session.ts';
import type { RuleMatch } from './match.ts';

/** What is looked for: calls of whichever member data names, or writes to it; and whose data. */
export type NamedMembers = { readonly rule: SastRule; readonly origins: readonly string[]; readonly what: 'call' | 'write' };

const labels = { call: 'the name of the method that is called', write: 'the name of the property that is written' };

/** Finds members of objects that data from outside names. */
export function checkNamedMembers(session: Session, { rule, origins, what }: NamedMembers): readonly RuleMatch[] {
  const harmless =
    (session.models.bits.get('code') ?? 0) |
    (what === 'call' ? session.models.partialBit : 0) |
    (what === 'write' ? (session.models.bits.get('prototype-key') ?? 0) : 0);
  return session.instances.flatMap((instance) =>
    instance.fn.code.flatMap((_, id) => {
      const key = keyAt(instance, id, what);
      const taints = key === undefined ? [] : valueOf(instance, key).taints;
      const taint = taints.find(({ source, safe }) => origins.includes(source.origin) && (safe & harmless) === 0);
      if (taint === undefined) return [];
      const base = { ruleId: rule.id, site: siteOf(instance, id), instance, id, taint, label: labels[what] };
      return [{ ...base, guessed: taint.guessed, low: false, secret: undefined }];
    }),
  );
}

function keyAt(instance: Instance, id: ValueId, what: NamedMembers['what']): ValueId | undefined {
  const instruction = instance.fn.code[id];
  const member = what === 'write' ? instruction : instruction?.op === 'call' ? instance.fn.code[instruction.callee] : undefined;
  if (member?.op !== (what === 'write' ? 'store' : 'load')) return undefined;
  const key = 'key' in member && 'computed' in member.key ? member.key.computed : undefined;
  return key === undefined || (what === 'write' && isEnumerated(instance, key)) ? undefined : key;
}

const hopsMax = 4; // members of members

/** The key comes from going through an object or a list: a copy, which is judged by what it is copied into. */
function isEnumerated({ fn }: Instance, key: ValueId): boolean {
  let at = baseOf(fn.code, key);
  for (let hops = 0; hops < hopsMax; hops++) {
    const made = fn.code[at];
    if (made?.op === 'element' || made?.op === 'keys') return true;
    if (made?.op !== 'load') return false;
    at = baseOf(fn.code, made.object);
  }
  return false;
}
