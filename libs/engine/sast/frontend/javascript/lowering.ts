import type { Node } from 'oxc-parser';
import type { FunctionBuilder, Span } from '../../ir/function-builder.ts';
import type { IrFunction } from '../../ir/module.ts';
import type { Instruction, ValueId } from '../../ir/instruction.ts';
import type { Bindings } from './collect-bindings.ts';
import type { Scope } from './bindings.ts';

/** What lowering keeps beside the builder of the function in hand. */
export type Frame = {
  readonly builder: FunctionBuilder;
  readonly parent: Frame | undefined;
  readonly isArrow: boolean;
  /** The value of `this`; an arrow function asks the frames around it. */
  readonly receiver: ValueId;
  /** Values that are the same wherever they are read: globals, imports, `this` of an outer function. */
  readonly fixed: Map<string, ValueId>;
  /** Captured variables and member paths, kept as variables so that a test can narrow them. */
  readonly aliases: Map<string, number>;
  /** The member paths among them, by the variable that they begin with. */
  readonly pathsByRoot: Map<string, number[]>;
  /** Function bodies that wait for the end of their block, when the names they use have values. */
  deferred: (() => void)[];
};

/** The lowering of one file, in progress. */
export type Lowering = {
  readonly path: string;
  readonly bindings: Bindings;
  readonly functions: (IrFunction | undefined)[];
  readonly bounds: LoweringBounds;
  readonly limitsReached: Set<string>;
  frame: Frame;
  scope: Scope;
  depth: number;
  instructionCount: number;
};

/** Bounds of one file, taken from `contract/limits`. Units: counts. */
export type LoweringBounds = { readonly nodesMax: number; readonly depthMax: number; readonly instructionsMax: number };

/** Emits an instruction for a node, or `unknown` once the file has more than its share. */
export function emit(lowering: Lowering, operation: Instruction, span: Span): ValueId {
  lowering.instructionCount++;
  if (lowering.instructionCount > lowering.bounds.instructionsMax && operation.op !== 'unknown') {
    lowering.limitsReached.add('instructions');
    return unknownValue(lowering, span);
  }
  return lowering.frame.builder.emit(operation, span);
}

/** A value of which nothing is known; one per function is enough. */
export function unknownValue(lowering: Lowering, span: Span): ValueId {
  return fixedValue(lowering, '?', () => lowering.frame.builder.emit({ op: 'unknown' }, span));
}

/** Marks a member path of which nothing is known here. */
export function absentValue(lowering: Lowering): ValueId {
  const { builder } = lowering.frame;
  return fixedValue(lowering, 'absent', () => emit(lowering, { op: 'absent' }, builder.head.span));
}

/** A value that is the same wherever the function reads it. */
export function fixedValue(lowering: Lowering, key: string, make: () => ValueId): ValueId {
  const known = lowering.frame.fixed.get(key);
  if (known !== undefined) return known;
  const value = make();
  lowering.frame.fixed.set(key, value);
  return value;
}

/** Runs `body` in the scope that `node` opens, then lowers the functions that were declared in it. */
export function inScopeOf(lowering: Lowering, node: Node, body: () => void): void {
  const scope = lowering.bindings.scopes.get(node);
  if (scope === undefined) {
    body();
    return;
  }
  const outer = lowering.scope;
  const deferredOutside = lowering.frame.deferred;
  lowering.scope = scope;
  lowering.frame.deferred = [];
  body();
  for (const lowerBody of lowering.frame.deferred) lowerBody();
  lowering.frame.deferred = deferredOutside;
  lowering.scope = outer;
}

/** Guards recursion: past the depth allowed the answer is `otherwise`, and the file is reported as cut. */
export function deeper<T>(lowering: Lowering, otherwise: () => T, body: () => T): T {
  if (lowering.depth >= lowering.bounds.depthMax) {
    lowering.limitsReached.add('depth');
    return otherwise();
  }
  lowering.depth++;
  const result = body();
  lowering.depth--;
  return result;
}
