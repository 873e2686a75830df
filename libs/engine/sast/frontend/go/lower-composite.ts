import type { ValueId } from '../../ir/instruction.ts';
import { emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { textOf, type GoLowering } from './go-lowering.ts';
import { typeNameOf } from './read-declarations.ts';
import { lowerExpression } from './lower-expression.ts';

/** Lowers `T{...}`: a struct with its fields, a list or a map. */
export function lowerLiteral(lowering: GoLowering, node: SyntaxNode): ValueId {
  const type = node.child('type');
  const body = node.child('body');
  return fill(lowering, { type, body, node });
}

type Composite = { readonly type: SyntaxNode | undefined; readonly body: SyntaxNode | undefined; readonly node: SyntaxNode };

function fill(lowering: GoLowering, { type, body, node }: Composite): ValueId {
  const children = body?.children ?? [];
  const isMap = type?.type === 'map_type';
  const isStruct = type?.type === 'type_identifier' || type?.type === 'qualified_type';
  if (!isStruct && !children.some((child) => child.type === 'keyed_element'))
    return emit(lowering, { op: 'array', elements: children.map((child) => ({ value: element(lowering, child), spread: false })) }, node);
  const object = isStruct ? newObject(lowering, type, node) : emit(lowering, { op: 'object' }, node);
  for (const child of children) keep(lowering, child, { object, isMap });
  return object;
}

type Kept = { readonly object: ValueId; readonly isMap: boolean };

function keep(lowering: GoLowering, child: SyntaxNode, { object, isMap }: Kept): void {
  const isKeyed = child.type === 'keyed_element';
  const key = isKeyed ? child.children[0] : undefined;
  const value = isKeyed ? child.children[1] : child;
  if (value === undefined) return;
  const name = key === undefined ? undefined : keyName(lowering, key, isMap);
  emit(lowering, { op: 'store', object, key: name === undefined ? { any: true } : { name }, value: element(lowering, value) }, child);
}

/** An element may leave out the type that the list or map says. */
function element(lowering: GoLowering, node: SyntaxNode): ValueId {
  const inner = node.type === 'literal_element' ? node.children[0] : node;
  return inner?.type === 'literal_value' ? fill(lowering, { type: undefined, body: inner, node: inner }) : lowerExpression(lowering, inner);
}

function keyName(lowering: GoLowering, key: SyntaxNode, isMap: boolean): string | undefined {
  const inner = key.type === 'literal_element' ? key.children[0] : key;
  if (inner === undefined) return undefined;
  if (!isMap && inner.type === 'identifier') return textOf(lowering, inner);
  const made = lowering.frame.builder.code[lowerExpression(lowering, inner)];
  return made?.op === 'constant' ? String(made.value) : undefined;
}

/** An object of a type, as `new(T)` and `var x T` make it. */
export function newObject(lowering: GoLowering, type: SyntaxNode, node: SyntaxNode): ValueId {
  const name = typeNameOf(lowering.text, lowering.imports, type)?.name;
  if (name?.startsWith('go:') !== true) return emit(lowering, { op: 'object' }, node);
  const callee = emit(lowering, { op: 'type', name }, node);
  const made = emit(
    lowering,
    { op: 'call', form: 'new', callee, receiver: undefined, arguments: [], spelling: [textOf(lowering, type)] },
    node,
  );
  return name.startsWith('go:.#') ? made : emit(lowering, { op: 'phi', inputs: [made, emit(lowering, { op: 'object' }, node)] }, node);
}
