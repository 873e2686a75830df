import type { Instruction, ValueId } from '../ir/instruction.ts';
import type { Instance } from './instance.ts';
import { baseOf } from './relation.ts';
import { valueOf } from './session.ts';

/**
 * `options.escape ? escape(x) : x`: whoever uses the program chose not to have it cleaned, which is no fault of the program. The kinds that the
 * call makes harmless, as bits.
 */
export function cleanedByChoice(instance: Instance, { inputs, connective }: Extract<Instruction, { op: 'phi' }>): number {
  const [first, second, ...others] = inputs;
  if (connective !== undefined || first === undefined || second === undefined || others.length > 0) return 0;
  return bitsOfCleaning(instance, first, second) | bitsOfCleaning(instance, second, first);
}

function bitsOfCleaning(instance: Instance, cleaner: ValueId, other: ValueId): number {
  const { code } = instance.fn;
  const call = code[baseOf(code, cleaner)];
  if (call?.op !== 'call' || !call.arguments.some(({ value }) => baseOf(code, value) === baseOf(code, other))) return 0;
  return valueOf(instance, call.callee)
    .states.flatMap(({ flows }) => flows)
    .reduce((bits, flow) => bits | flow.clean, 0);
}
