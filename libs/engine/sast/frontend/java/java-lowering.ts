import type { FunctionBuilder, Span } from '../../ir/function-builder.ts';
import type { ValueId } from '../../ir/instruction.ts';
import type { IrFunction, TypeName } from '../../ir/module.ts';
import { emit, fixedValue, unknownValue, type Emitter } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import type { ContainerKind } from './containers.ts';
import type { FileNames } from './file-names.ts';
import type { BodyFacts } from './survey-body.ts';

/** What lowering keeps beside the builder of the function in hand. */
export type JavaFrame = {
  readonly builder: FunctionBuilder;
  readonly parent: JavaFrame | undefined;
  /** A lambda has the `this` of the method around it. */
  readonly isLambda: boolean;
  readonly receiver: ValueId;
  readonly fixed: Map<string, ValueId>;
  readonly facts: BodyFacts;
};

/** A local variable or parameter. Only the function that declares it assigns it: lambdas see its one value. */
export type Local = {
  readonly owner: JavaFrame;
  readonly variable: number;
  readonly type: TypeName | undefined;
  /** What it holds when every change of it is seen here, so that its content is a value like others. */
  readonly container: ContainerKind | undefined;
};
export type LocalScope = { readonly parent: LocalScope | undefined; readonly names: Map<string, Local> };

export type JavaField = { readonly isStatic: boolean; readonly type: TypeName | undefined; readonly container: ContainerKind | undefined };

/** A class in whose body names are looked up. */
export type JavaClass = {
  readonly simpleName: string;
  /** With its package; undefined for classes that have no name outside their function. */
  readonly fullName: string;
  readonly outer: JavaClass | undefined;
  readonly fields: ReadonlyMap<string, JavaField>;
  /** Methods by name, and whether one of that name is static. */
  readonly methods: ReadonlyMap<string, { readonly isStatic: boolean }>;
  /** The frame in which a class without a full name stands; its methods see that frame's `this` and locals. */
  readonly home: JavaFrame | undefined;
};

/** The lowering of one file, in progress. */
export type JavaLowering = Omit<Emitter, 'frame'> & {
  readonly text: string;
  readonly names: FileNames;
  readonly functions: (IrFunction | undefined)[];
  frame: JavaFrame;
  scope: LocalScope;
  /** The class in whose body we are. */
  cls: JavaClass | undefined;
  /** What the switch in hand yields so far. */
  yielded: ValueId[] | undefined;
};

export function textOf(lowering: JavaLowering, node: SyntaxNode): string {
  return lowering.text.slice(node.start, node.end);
}

/** Runs `body` in a block of its own for names. */
export function inBlock<T>(lowering: JavaLowering, body: () => T): T {
  const outer = lowering.scope;
  lowering.scope = { parent: outer, names: new Map() };
  const result = body();
  lowering.scope = outer;
  return result;
}

export function findLocal(lowering: JavaLowering, name: string): Local | undefined {
  for (let at: LocalScope | undefined = lowering.scope; at !== undefined; at = at.parent) {
    const local = at.names.get(name);
    if (local !== undefined) return local;
  }
  return undefined;
}

/** Declares a local of the function in hand. */
export function declareLocal(
  lowering: JavaLowering,
  name: string,
  known: { readonly type?: TypeName | undefined; readonly container?: ContainerKind | undefined } = {},
): Local {
  const { frame } = lowering;
  const local: Local = { owner: frame, variable: frame.builder.declare(name), type: known.type, container: known.container };
  lowering.scope.names.set(name, local);
  return local;
}

/** The value of a local here, from its own function or from one inside. */
export function readLocal(lowering: JavaLowering, local: Local, span: Span): ValueId {
  const value = local.owner.builder.read(local.variable);
  if (local.owner === lowering.frame) return value ?? unknownValue(lowering, span);
  if (value === undefined) return unknownValue(lowering, span);
  return outerValue(lowering, local.owner, value);
}

/** A value of a frame around the one in hand. */
export function outerValue(lowering: JavaLowering, home: JavaFrame, value: ValueId): ValueId {
  let hops = 0;
  for (let at: JavaFrame | undefined = lowering.frame; at !== undefined && at !== home; at = at.parent) hops++;
  if (hops === 0) return value;
  const span = lowering.frame.builder.head.span;
  return fixedValue(lowering, `outer ${String(hops)} ${String(value)}`, () => emit(lowering, { op: 'outer', hops, value }, span));
}

/** The frame whose `this` is meant here. */
export function receiverFrame(lowering: JavaLowering): JavaFrame {
  let { frame } = lowering;
  while (frame.isLambda && frame.parent !== undefined) frame = frame.parent;
  return frame;
}

export function readReceiver(lowering: JavaLowering): ValueId {
  const frame = receiverFrame(lowering);
  return outerValue(lowering, frame, frame.receiver);
}

/** A class or other type by its full name, or by the names that it may have. */
export function typeValue(lowering: JavaLowering, name: string, span: Span): ValueId {
  return fixedValue(lowering, `type ${name}`, () => emit(lowering, { op: 'type', name }, span));
}

export function constantValue(lowering: JavaLowering, value: string | number | boolean | null, span: Span): ValueId {
  return emit(lowering, { op: 'constant', value }, span);
}
