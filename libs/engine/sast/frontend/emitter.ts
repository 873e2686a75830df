import type { FunctionBuilder, Span } from '../ir/function-builder.ts';
import type { Instruction, ValueId } from '../ir/instruction.ts';

/** Bounds of one file, taken from `contract/limits`. Units: counts. */
export type LoweringBounds = { readonly nodesMax: number; readonly depthMax: number; readonly instructionsMax: number };

/** What every front end keeps while it lowers one file. */
export type Emitter = {
  readonly bounds: LoweringBounds;
  readonly limitsReached: Set<string>;
  readonly frame: {
    readonly builder: FunctionBuilder;
    /** Values that are the same wherever they are read: globals, imports, `this` of an outer function. */
    readonly fixed: Map<string, ValueId>;
  };
  depth: number;
  instructionCount: number;
};

/** Emits an instruction for a node, or `unknown` once the file has more than its share. */
export function emit(lowering: Emitter, operation: Instruction, span: Span): ValueId {
  lowering.instructionCount++;
  if (lowering.instructionCount > lowering.bounds.instructionsMax && operation.op !== 'unknown') {
    lowering.limitsReached.add('instructions');
    return unknownValue(lowering, span);
  }
  return lowering.frame.builder.emit(operation, span);
}

/** A value of which nothing is known; one per function is enough. */
export function unknownValue(lowering: Emitter, span: Span): ValueId {
  return fixedValue(lowering, '?', () => lowering.frame.builder.emit({ op: 'unknown' }, span));
}

/** A value that is the same wherever the function reads it. */
export function fixedValue(lowering: Emitter, key: string, make: () => ValueId): ValueId {
  const known = lowering.frame.fixed.get(key);
  if (known !== undefined) return known;
  const value = make();
  lowering.frame.fixed.set(key, value);
  return value;
}

/** Guards recursion: past the depth allowed the answer is `otherwise`, and the file is reported as cut. */
export function deeper<T>(lowering: Emitter, otherwise: () => T, body: () => T): T {
  if (lowering.depth >= lowering.bounds.depthMax) {
    lowering.limitsReached.add('depth');
    return otherwise();
  }
  lowering.depth++;
  const result = body();
  lowering.depth--;
  return result;
}
