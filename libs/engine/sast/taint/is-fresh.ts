import type { Instruction, ValueId } from '../ir/instruction.ts';
import type { Instance } from './instance.ts';
import { baseOf } from './relation.ts';

/** An object or list that is made for this place, or what lay there before: nothing of whoever named the place is in it. */
export function isFresh({ fn }: Instance, value: ValueId): boolean {
  const made = fn.code[baseOf(fn.code, value)];
  if (made?.op !== 'phi') return isFreshObject(made);
  const inputs = made.inputs.map((input) => fn.code[baseOf(fn.code, input)]);
  return inputs.some(isFreshObject) && inputs.every((input) => input?.op === 'load' || isFreshObject(input));
}

function isFreshObject(made: Instruction | undefined): boolean {
  return made?.op === 'object' || (made?.op === 'array' && made.elements.length === 0);
}
