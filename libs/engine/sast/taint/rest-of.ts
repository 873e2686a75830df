import type { ValueId } from '../ir/instruction.ts';
import type { Instance } from './instance.ts';
import { allocate, type Session } from './session.ts';
import { join, joinAll, nothing, objectValue, type Value } from './value.ts';

/** The further arguments as a list. Where callers are not seen there may be more of them, so that each may be any. */
export function restOf(session: Session, instance: Instance, rest: { readonly id: ValueId; readonly from: number }): Value {
  const list = allocate(instance, rest.id, 'array');
  const given = instance.args.slice(rest.from);
  if (given.length <= 1) list.element = join(list.element, joinAll(given, session.bounds), session.bounds);
  else
    for (const [index, value] of given.entries())
      list.setField(String(index), join(list.fields.get(String(index)) ?? nothing, value, session.bounds));
  return objectValue(list);
}
