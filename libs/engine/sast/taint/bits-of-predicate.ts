import type { Instruction, Outcome } from '../ir/instruction.ts';
import type { Instance } from './instance.ts';
import { bitsGained, type Question } from './refine.ts';
import { relationOf } from './relation.ts';
import { valueOf, type Activation } from './session.ts';
import { onlyConstant } from './value.ts';

const predicateDepth = 2; // functions of the program that are looked into to see what their truth means

/** A function of the program: what its own tests say of its parameter, wherever it answers so. */
export function bitsOfPredicate(activation: Activation, test: Extract<Instruction, { op: 'call' }>, question: Question): number {
  const { session, instance } = activation;
  const index = test.arguments.findIndex((argument) => relationOf(instance, argument.value, question.value) === 'same');
  if (index < 0 || question.depth >= predicateDepth) return 0;
  let bits: number | undefined;
  for (const object of valueOf(instance, test.callee).objects) {
    for (const callee of object.closure?.instances ?? []) {
      const gained =
        question.outcome === 'returned'
          ? bitsAtExit(callee, index)
          : bitsOfReturns(
              { session, instance: callee, at: question.test },
              { index, outcome: question.outcome, depth: question.depth + 1 },
            );
      bits = bits === undefined ? gained : bits & gained;
    }
  }
  return bits ?? 0;
}

function bitsAtExit(callee: Instance, index: number): number {
  const exit = callee.fn.parameterExits[index];
  const at = exit === undefined ? undefined : callee.values[exit];
  const given = callee.args[index];
  if (at === undefined || given === undefined || given.taints.length === 0) return 0;
  let bits = -1;
  for (const taint of at.taints) bits &= taint.safe;
  return bits;
}

function bitsOfReturns(
  activation: Activation,
  asked: { readonly index: number; readonly outcome: Outcome; readonly depth: number },
): number {
  const { code } = activation.instance.fn;
  const parameter = code.findIndex((instruction) => instruction.op === 'parameter' && instruction.index === asked.index);
  let bits: number | undefined;
  for (const instruction of code) {
    if (instruction.op !== 'return') continue;
    const only = onlyConstant(valueOf(activation.instance, instruction.value));
    if (only !== undefined && Boolean(only.value) !== (asked.outcome === 'true')) continue;
    const gained = bitsGained(activation, { value: parameter, test: instruction.value, outcome: asked.outcome, depth: asked.depth });
    bits = bits === undefined ? gained : bits & gained;
  }
  return bits ?? 0;
}
