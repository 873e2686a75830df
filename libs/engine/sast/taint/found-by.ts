import type { Instruction, ValueId } from '../ir/instruction.ts';
import { baseOf } from './relation.ts';
import { valueOf, type Activation } from './session.ts';
import { onlyConstant } from './value.ts';

const equalities: ReadonlySet<string> = new Set(['===', '==', '!==', '!=']);
const emptyWords: readonly unknown[] = [null, undefined, 'undefined'];

/** `x !== undefined`, `x == null`, `typeof x !== 'undefined'`: the value whose presence is asked for, when it is a call or a member that tells something. */
export function foundBy({ instance }: Activation, test: Extract<Instruction, { op: 'binary' }>): ValueId | undefined {
  if (!equalities.has(test.operator)) return undefined;
  const isEmpty = (id: ValueId): boolean => {
    const only = onlyConstant(valueOf(instance, id));
    return only !== undefined && emptyWords.includes(only.value);
  };
  const asked = isEmpty(test.right) ? test.left : isEmpty(test.left) ? test.right : undefined;
  if (asked === undefined) return undefined;
  const made = instance.fn.code[asked];
  const subject = made?.op === 'unary' && made.operator === 'typeof' ? made.operand : asked;
  const { op } = instance.fn.code[baseOf(instance.fn.code, subject)] ?? {};
  return op === 'call' || op === 'load' ? baseOf(instance.fn.code, subject) : undefined;
}
