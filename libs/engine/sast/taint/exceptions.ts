import type { Instruction } from '../ir/instruction.ts';
import { touch, type Activation } from './session.ts';
import { join, nothing, unknown, type Value } from './value.ts';

/** Under this name, which no text spells, a promise keeps what it is rejected with. */
export const rejectedKey = '@@rejected';

/** The instruction in hand throws this: it goes to the handler in the function, or to whoever called. */
export function raise({ session, instance, at }: Activation, value: Value): void {
  if (value === unknown || value === nothing) return;
  const before = instance.raised.get(at) ?? nothing;
  const after = join(before, value, session.bounds);
  if (after === before) return;
  instance.setRaised(at, after);
  if (instance.fn.handled.some(({ from, to }) => at >= from && at < to)) return;
  const thrown = join(instance.thrown, after, session.bounds);
  if (thrown === instance.thrown) return;
  instance.thrown = thrown;
  for (const caller of instance.callers) if (caller !== instance) touch(session, caller);
}

/** What a handler is given. */
export function caughtValue({ session, instance }: Activation, { from, to }: Extract<Instruction, { op: 'caught' }>): Value {
  const { caught } = session.models;
  let value: Value = caught === undefined ? unknown : { ...unknown, states: [caught] };
  for (const [id, raised] of instance.raised) if (id >= from && id < to) value = join(value, raised, session.bounds);
  return value;
}
