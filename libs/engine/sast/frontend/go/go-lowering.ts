import type { FunctionBuilder, Span } from '../../ir/function-builder.ts';
import type { ValueId } from '../../ir/instruction.ts';
import type { IrFunction, TypeName } from '../../ir/module.ts';
import { emit, fixedValue, unknownValue, type Emitter } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';

/** What lowering keeps beside the builder of the function in hand. */
export type GoFrame = {
  readonly builder: FunctionBuilder;
  readonly parent: GoFrame | undefined;
  readonly fixed: Map<string, ValueId>;
  /** Where names are assigned, in source order. Units: UTF-16 offsets. */
  readonly assignments: readonly { readonly position: number; readonly name: string }[];
};

export type GoLocal = { readonly frame: GoFrame; readonly variable: number; readonly type: TypeName | undefined };
export type GoScope = { readonly parent: GoScope | undefined; readonly names: Map<string, GoLocal> };

/** The lowering of one file, in progress. */
export type GoLowering = Omit<Emitter, 'frame'> & {
  readonly text: string;
  readonly functions: (IrFunction | undefined)[];
  /** Import paths by the names that the file calls them. */
  readonly imports: ReadonlyMap<string, string>;
  /** Types of the fields of structs that the file declares. */
  readonly fields: ReadonlyMap<string, ReadonlyMap<string, TypeName>>;
  frame: GoFrame;
  scope: GoScope;
};

export function textOf(lowering: GoLowering, node: SyntaxNode): string {
  return lowering.text.slice(node.start, node.end);
}

export function inBlock(lowering: GoLowering, body: () => void): void {
  const outer = lowering.scope;
  lowering.scope = { parent: outer, names: new Map() };
  body();
  lowering.scope = outer;
}

export function findLocal(lowering: GoLowering, name: string): GoLocal | undefined {
  for (let at: GoScope | undefined = lowering.scope; at !== undefined; at = at.parent) {
    const local = at.names.get(name);
    if (local !== undefined) return local;
  }
  return undefined;
}

export function declareLocal(lowering: GoLowering, name: string, type?: TypeName): GoLocal {
  const local: GoLocal = { frame: lowering.frame, variable: lowering.frame.builder.declare(name), type };
  lowering.scope.names.set(name, local);
  return local;
}

/** The value of a name: a local, one of a function around, or a member of the package. */
export function readName(lowering: GoLowering, name: string, span: Span): ValueId {
  const local = findLocal(lowering, name);
  if (local === undefined) return packageMember(lowering, name, span);
  const hops = hopsTo(lowering, local);
  if (hops > 0)
    return fixedValue(lowering, `cell ${String(hops)} ${String(local.variable)}`, () =>
      emit(lowering, { op: 'cell', hops, variable: local.variable }, span),
    );
  return lowering.frame.builder.read(local.variable) ?? unknownValue(lowering, span);
}

export function writeName(lowering: GoLowering, name: string, written: { readonly value: ValueId; readonly span: Span }): void {
  const local = findLocal(lowering, name);
  if (local === undefined) return;
  const hops = hopsTo(lowering, local);
  if (hops === 0) lowering.frame.builder.write(local.variable, written.value);
  else emit(lowering, { op: 'assign', hops, variable: local.variable, value: written.value }, written.span);
}

/** A name that the package declares, in this file or another, or one of the language. */
function packageMember(lowering: GoLowering, name: string, span: Span): ValueId {
  if (builtins.has(name)) return fixedValue(lowering, `global ${name}`, () => emit(lowering, { op: 'global', name: `go:${name}` }, span));
  return fixedValue(lowering, `member ${name}`, () => emit(lowering, { op: 'import', specifier: 'go:.', name }, span));
}

const builtins: ReadonlySet<string> = new Set(
  'append cap close complex copy delete imag len make max min new panic print println real recover string error int int64 uint byte rune bool float64 any'.split(
    ' ',
  ),
);

function hopsTo(lowering: GoLowering, local: GoLocal): number {
  let hops = 0;
  for (let at: GoFrame | undefined = lowering.frame; at !== undefined && at !== local.frame; at = at.parent) hops++;
  return hops;
}
