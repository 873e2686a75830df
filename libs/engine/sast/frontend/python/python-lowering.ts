import type { FunctionBuilder, Span } from '../../ir/function-builder.ts';
import type { ValueId } from '../../ir/instruction.ts';
import type { IrFunction } from '../../ir/module.ts';
import { emit, fixedValue, unknownValue, type Emitter } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import type { BodyNames } from './survey-names.ts';

/** What lowering keeps beside the builder of the function in hand. */
export type PythonFrame = {
  readonly builder: FunctionBuilder;
  readonly parent: PythonFrame | undefined;
  readonly fixed: Map<string, ValueId>;
  readonly names: BodyNames;
  /** Variables of the function by name: Python has no blocks of names. */
  readonly variables: Map<string, number>;
  /** The body of a class makes members, which functions inside do not see as names. */
  readonly isClass: boolean;
  /** Function bodies that wait for the end, when the names that they use have values. */
  readonly deferred: (() => void)[];
};

/** The lowering of one file, in progress. */
export type PythonLowering = Omit<Emitter, 'frame'> & {
  readonly text: string;
  readonly functions: (IrFunction | undefined)[];
  /** Dotted modules that are imported without another name, by their dotted text. */
  readonly modules: Set<string>;
  frame: PythonFrame;
};

export function textOf(lowering: PythonLowering, node: SyntaxNode): string {
  return lowering.text.slice(node.start, node.end);
}

/** Where a name lives: how many functions out, and its variable there. Undefined for names of the language. */
function findName(
  lowering: PythonLowering,
  name: string,
): { readonly hops: number; readonly frame: PythonFrame; readonly variable: number } | undefined {
  let hops = 0;
  let isFree = lowering.frame.names.outer.has(name);
  for (let frame: PythonFrame | undefined = lowering.frame; frame !== undefined; frame = frame.parent, hops++) {
    const variable = (hops > 0 && frame.isClass) || isFree ? undefined : frame.variables.get(name);
    isFree = false;
    if (variable !== undefined) return { hops, frame, variable };
  }
  return undefined;
}

/** The value that a name has here. */
export function readName(lowering: PythonLowering, name: string, span: Span): ValueId {
  const found = findName(lowering, name);
  if (found === undefined) return fixedValue(lowering, `global ${name}`, () => emit(lowering, { op: 'global', name: `py:${name}` }, span));
  if (found.hops > 0) {
    const { hops, variable } = found;
    return fixedValue(lowering, `cell ${name}`, () => emit(lowering, { op: 'cell', hops, variable }, span));
  }
  return lowering.frame.builder.read(found.variable) ?? emit(lowering, { op: 'cell', hops: 0, variable: found.variable }, span);
}

/** Assigns a name; one of the module is a member of what the module exports as well. */
export function writeName(lowering: PythonLowering, name: string, written: { readonly value: ValueId; readonly span: Span }): void {
  const { value, span } = written;
  const found = findName(lowering, name);
  if (found === undefined) return;
  if (found.hops === 0) lowering.frame.builder.write(found.variable, value);
  else emit(lowering, { op: 'assign', hops: found.hops, variable: found.variable, value }, span);
  if (found.frame.parent !== undefined || found.hops > 0) return;
  const exports = fixedValue(lowering, 'exports', () => emit(lowering, { op: 'global', name: 'exports' }, span));
  emit(lowering, { op: 'store', object: exports, key: { name }, value }, span);
}

export function noValue(lowering: PythonLowering): ValueId {
  return unknownValue(lowering, lowering.frame.builder.head.span);
}
