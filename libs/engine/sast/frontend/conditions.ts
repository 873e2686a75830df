import type { Changes, Span } from '../ir/function-builder.ts';
import type { Instruction, Outcome, ValueId } from '../ir/instruction.ts';
import { emit, type Emitter } from './emitter.ts';

/** A condition: its value, and what may be believed once it went one way. */
export type Test = { readonly value: ValueId; readonly assume: (outcome: boolean) => void };

/** How `!`, `&&` and `||` are made of conditions: the right side of a connective is only lowered when the left one let it be. */
export function negated(lowering: Emitter, inner: Test, span: Span): Test {
  return {
    value: emit(lowering, { op: 'unary', operator: '!', operand: inner.value }, span),
    assume: (outcome) => {
      inner.assume(!outcome);
    },
  };
}

/** A condition that is one value. */
export function tested(lowering: Emitter, value: ValueId): Test {
  return {
    value,
    assume: (outcome) => {
      refineBy(lowering, value, outcome ? 'true' : 'false');
    },
  };
}

/** `left && right` when `passes`, else `left || right`. */
export function connected(
  lowering: Emitter,
  passes: boolean,
  parts: { readonly left: Test; readonly right: () => Test; readonly span: Span },
): Test {
  const { builder } = lowering.frame;
  const { left, span } = parts;
  let second = left;
  const changes = builder.arm(() => {
    left.assume(passes);
    second = parts.right();
  });
  keepAssignments(lowering, changes, span);
  return {
    value: emit(lowering, { op: 'phi', inputs: [left.value, second.value], connective: passes ? '&&' : '||' }, span),
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
      builder.meet([short, long], span);
    },
  };
}

const sliceValuesMax = 16; // values looked at behind a test
const sliceDepthMax = 4; // steps behind a test: further than this it says nothing about the variable

/** Narrows every variable that the test looks at, now that it is known how it went. */
export function refineBy(lowering: Emitter, test: ValueId, outcome: Outcome): void {
  const { builder } = lowering.frame;
  if (!tells(builder.code, test)) {
    if (outcome === 'false') refineEmpty(lowering, test);
    return;
  }
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

/** Keeps what the right side of a connective may have assigned; what it merely found out is told by `assume`. */
function keepAssignments(lowering: Emitter, changes: Changes | undefined, span: Span): void {
  const { builder } = lowering.frame;
  for (const [variable, value] of changes ?? []) {
    const before = builder.read(variable);
    if (builder.code[value]?.op === 'refine' || before === undefined) continue;
    builder.set(variable, emit(lowering, { op: 'phi', inputs: [before, value] }, span));
  }
}

const verdicts: ReadonlySet<string> = new Set(['success', 'error', 'valid', 'isValid', 'jquery', 'nodeType', 'nodeName', 'tagName']); // members in which validators leave their answer, or that tell what an object is
const comparisons: ReadonlySet<string> = new Set(['===', '!==', '==', '!=', 'in', 'instanceof']);
const orders: ReadonlySet<string> = new Set(['<', '>', '<=', '>=']);

/** Whether a test can say anything about what a value may be; truthiness says nothing of use. */
function tells(code: readonly Instruction[], test: ValueId): boolean {
  const instruction = code[test];
  switch (instruction?.op) {
    case 'choose':
      return tells(code, instruction.otherwise);
    case 'call':
    case 'await':
      return true;
    case 'phi':
      return instruction.connective !== undefined;
    case 'load':
      return !('name' in instruction.key) || verdicts.has(instruction.key.name);
    case 'binary':
      return tellsBinary(code, instruction);
    default:
      return false;
  }
}

function tellsBinary(code: readonly Instruction[], { operator, left, right }: Extract<Instruction, { op: 'binary' }>): boolean {
  return comparisons.has(operator) || (orders.has(operator) && (code[left]?.op === 'call' || code[right]?.op === 'call'));
}

/** A variable that was found to be false holds nothing of what came from outside. */
function refineEmpty(lowering: Emitter, test: ValueId): void {
  const { builder } = lowering.frame;
  const holder = builder.holderOf(test);
  if (holder !== undefined)
    builder.set(holder, emit(lowering, { op: 'refine', value: test, test, outcome: 'false' }, builder.spanOf(test)));
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
      return operandsOfCall(instruction);
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
    case 'phi':
      return connectedBy(instruction);
    default:
      return [];
  }
}

function operandsOfCall({ receiver, arguments: args }: Extract<Instruction, { op: 'call' }>): readonly ValueId[] {
  return [...(receiver === undefined ? [] : [receiver]), ...args.map((argument) => argument.value)];
}

function connectedBy({ connective, inputs }: Extract<Instruction, { op: 'phi' }>): readonly ValueId[] {
  return connective === undefined ? [] : inputs;
}
