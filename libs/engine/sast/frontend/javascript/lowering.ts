import type { Node } from 'oxc-parser';
import type { FunctionBuilder } from '../../ir/function-builder.ts';
import type { IrFunction } from '../../ir/module.ts';
import type { ValueId } from '../../ir/instruction.ts';
import { emit, fixedValue, type LoweringBounds } from '../emitter.ts';
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

/** Marks a member path of which nothing is known here. */
export function absentValue(lowering: Lowering): ValueId {
  const { builder } = lowering.frame;
  return fixedValue(lowering, 'absent', () => emit(lowering, { op: 'absent' }, builder.head.span));
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
