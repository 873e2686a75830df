import type { Expression } from 'oxc-parser';
import type { Instruction, Outcome, ValueId } from '../../ir/instruction.ts';
import type { Changes, Span } from '../../ir/function-builder.ts';
import { emit, type Lowering } from './lowering.ts';
import { lowerExpression } from './lower-expression.ts';

/** A condition: its value, and what may be believed once it went one way. */
export type Test = { readonly value: ValueId; readonly assume: (outcome: boolean) => void };

const connectivesMax = 8; // a longer chain of && and || would cost its square and narrows nothing in practice
const sliceValuesMax = 16; // values looked at behind a test
const sliceDepthMax = 4; // steps behind a test: further than this it says nothing about the variable

/** Lowers an expression that is used as a condition. */
export function lowerTest(lowering: Lowering, node: Expression, connectives = 0): Test {
  if (node.type === 'UnaryExpression' && node.operator === '!') return lowerNegation(lowering, node, connectives);
  if (node.type === 'LogicalExpression' && node.operator !== '??' && connectives < connectivesMax) {
    return lowerConnective(lowering, node, connectives + 1);
  }
  const value = lowerExpression(lowering, node);
  return {
    value,
    assume: (outcome) => {
      refineBy(lowering, value, outcome ? 'true' : 'false');
    },
  };
}

/** Narrows every variable that the test looks at, now that it is known how it went. */
export function refineBy(lowering: Lowering, test: ValueId, outcome: Outcome): void {
  const { builder } = lowering.frame;
  if (!tells(builder.code, test)) return;
  const span = builder.spanOf(test);
  const holders = new Set<number>();
  for (const value of valuesBehind(builder.code, test)) {
    const holder = builder.holderOf(value);
    if (holder !== undefined) holders.add(holder);
  }
  for (const holder of holders) {
    const value = builder.read(holder);
    if (value !== undefined) builder.set(holder, emit(lowering, { op: 'refine', value, test, outcome }, span));
  }
}

function lowerNegation(lowering: Lowering, node: Extract<Expression, { type: 'UnaryExpression' }>, connectives: number): Test {
  const inner = lowerTest(lowering, node.argument, connectives);
  return {
    value: emit(lowering, { op: 'unary', operator: '!', operand: inner.value }, node),
    assume: (outcome) => {
      inner.assume(!outcome);
    },
  };
}

function lowerConnective(lowering: Lowering, node: Extract<Expression, { type: 'LogicalExpression' }>, connectives: number): Test {
  const { builder } = lowering.frame;
  const passes = node.operator === '&&'; // the outcome of the left side that lets the right side decide
  const left = lowerTest(lowering, node.left, connectives);
  let second = left;
  const changes = builder.arm(() => {
    left.assume(passes);
    second = lowerTest(lowering, node.right, connectives);
  });
  keepAssignments(lowering, changes, node);
  return {
    value: emit(lowering, { op: 'phi', inputs: [left.value, second.value] }, node),
    assume: (outcome) => {
      if (outcome === passes) {
        left.assume(passes);
        second.assume(passes);
        return;
      }
      const short = builder.arm(() => {
        left.assume(!passes);
      });
      const long = builder.arm(() => {
        left.assume(passes);
        second.assume(!passes);
      });
      builder.meet([short, long], node);
    },
  };
}

/** Keeps what the right side of a connective may have assigned; what it merely found out is told by `assume`. */
function keepAssignments(lowering: Lowering, changes: Changes | undefined, span: Span): void {
  const { builder } = lowering.frame;
  for (const [variable, value] of changes ?? []) {
    const before = builder.read(variable);
    if (builder.code[value]?.op === 'refine' || before === undefined) continue;
    builder.set(variable, emit(lowering, { op: 'phi', inputs: [before, value] }, span));
  }
}

const verdicts: ReadonlySet<string> = new Set(['success', 'error', 'valid', 'isValid']); // members in which validators leave their answer
const comparisons: ReadonlySet<string> = new Set(['===', '!==', '==', '!=', 'in', 'instanceof']);
const orders: ReadonlySet<string> = new Set(['<', '>', '<=', '>=']);

/** Whether a test can say anything about what a value may be; truthiness says nothing of use. */
function tells(code: readonly Instruction[], test: ValueId): boolean {
  const instruction = code[test];
  if (instruction === undefined) return false;
  if (instruction.op === 'call' || instruction.op === 'await') return true;
  if (instruction.op === 'load') return !('name' in instruction.key) || verdicts.has(instruction.key.name);
  if (instruction.op !== 'binary') return false;
  if (comparisons.has(instruction.operator)) return true;
  return orders.has(instruction.operator) && (code[instruction.left]?.op === 'call' || code[instruction.right]?.op === 'call');
}

function valuesBehind(code: readonly Instruction[], test: ValueId): ReadonlySet<ValueId> {
  const seen = new Set<ValueId>();
  let edge: ValueId[] = [test];
  for (let depth = 0; depth <= sliceDepthMax && edge.length > 0; depth++) {
    const next: ValueId[] = [];
    for (const value of edge) {
      if (seen.has(value) || seen.size >= sliceValuesMax) continue;
      seen.add(value);
      const instruction = code[value];
      if (instruction !== undefined) next.push(...operandsOf(instruction));
    }
    edge = next;
  }
  return seen;
}

/** The values that an instruction is made from, as far as a test on it tells about them. */
function operandsOf(instruction: Instruction): readonly ValueId[] {
  switch (instruction.op) {
    case 'call':
      return [
        ...(instruction.receiver === undefined ? [] : [instruction.receiver]),
        ...instruction.arguments.map((argument) => argument.value),
      ];
    case 'load':
      return 'computed' in instruction.key ? [instruction.object, instruction.key.computed] : [instruction.object];
    case 'binary':
      return [instruction.left, instruction.right];
    case 'unary':
      return [instruction.operand];
    case 'refine':
    case 'await':
      return [instruction.value];
    case 'choose':
      return [instruction.preferred, instruction.otherwise];
    case 'concat':
      return instruction.parts;
    default:
      return [];
  }
}
