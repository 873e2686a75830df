import type { Instruction, ValueId } from '../ir/instruction.ts';
import type { SastRule } from '../rules/rule-schema.ts';
import type { Instance } from '../taint/instance.ts';
import { valueOf, type Session } from '../taint/session.ts';
import { onlyConstant } from '../taint/value.ts';
import { matchAt } from './match-at.ts';
import type { RuleMatch } from './match.ts';

const radixMin = 20; // below it are the bases in which people write numbers
const tests: ReadonlySet<string> = new Set(['match', 'test', 'includes', 'startsWith', 'endsWith', 'equals', 'indexOf']);
const partsMax = 12; // parts of one text that are looked at

/** Finds tests against a text that the program hides from its readers: numbers that are spelled out in base 36, or characters by their codes. */
export function checkHiddenLiterals(session: Session, rule: SastRule): readonly RuleMatch[] {
  return session.instances.flatMap((instance) =>
    instance.fn.code.flatMap((instruction, id) => {
      const sides = testedBy(instruction);
      if (!sides.some((side) => isHidden(instance, side, partsMax))) return [];
      return [matchAt(rule, instance, { id, label: 'a test against a text that is hidden in numbers' })];
    }),
  );
}

function testedBy(instruction: Instruction): readonly ValueId[] {
  if (instruction.op === 'binary') return /^[!=]==?$/u.test(instruction.operator) ? [instruction.left, instruction.right] : [];
  if (instruction.op !== 'call' || !tests.has(instruction.spelling.at(-1) ?? '')) return [];
  return instruction.arguments.map(({ value }) => value);
}

function isHidden(instance: Instance, id: ValueId, parts: number): boolean {
  const made = instance.fn.code[id];
  if (parts <= 0 || made === undefined) return false;
  if (made.op === 'concat') return made.parts.slice(0, parts).some((part) => isHidden(instance, part, parts - 1));
  if (made.op !== 'call') return false;
  return isSpelled(instance, made) || (made.receiver !== undefined && isHidden(instance, made.receiver, parts - 1));
}

/** `String.fromCharCode(115, 101, ...)` and `(29234652).toString(36)`. */
function isSpelled(instance: Instance, made: Extract<Instruction, { op: 'call' }>): boolean {
  const name = made.spelling.at(-1) ?? '';
  const numbers = made.arguments.map(({ value }) => onlyConstant(valueOf(instance, value))?.value);
  if (name === 'fromCharCode') return numbers.length > 3 && numbers.every((number) => typeof number === 'number');
  if (name !== 'toString' || made.receiver === undefined) return false;
  const [radix] = numbers;
  return typeof radix === 'number' && radix >= radixMin && typeof onlyConstant(valueOf(instance, made.receiver))?.value === 'number';
}
