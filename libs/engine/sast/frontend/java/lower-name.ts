import type { Span } from '../../ir/function-builder.ts';
import type { ValueId } from '../../ir/instruction.ts';
import { emit, unknownValue } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { candidatesOf } from './file-names.ts';
import {
  findLocal,
  outerValue,
  readLocal,
  readReceiver,
  textOf,
  typeValue,
  type JavaClass,
  type JavaField,
  type JavaLowering,
} from './java-lowering.ts';
import { lowerExpression } from './lower-expression.ts';
import { constantOf } from './lower-container.ts';

/** Lowers a simple name: a local, a field of a class around it, or a type. */
export function lowerName(lowering: JavaLowering, name: string, span: Span): ValueId {
  const local = findLocal(lowering, name);
  if (local !== undefined) return readLocal(lowering, local, span);
  const found = findField(lowering, name);
  if (found !== undefined) return loadField(lowering, { ...found, name, span });
  const owner = lowering.names.importedMembers.get(name);
  if (owner !== undefined) return emit(lowering, { op: 'load', object: typeValue(lowering, owner, span), key: { name } }, span);
  if (/^\p{Lu}/u.test(name) && !/^[A-Z][A-Z0-9_]+$/u.test(name)) return typeValue(lowering, candidatesOf(lowering.names, name), span);
  // A field that is inherited: a constant or one of this very object.
  return emit(lowering, { op: 'load', object: readReceiver(lowering), key: { name } }, span);
}

export function readThis(lowering: JavaLowering): ValueId {
  return readReceiver(lowering);
}

type FoundField = { readonly cls: JavaClass; readonly field: JavaField };

function findField(lowering: JavaLowering, name: string): FoundField | undefined {
  for (let cls = lowering.cls; cls !== undefined; cls = cls.outer) {
    const field = cls.fields.get(name);
    if (field !== undefined) return { cls, field };
  }
  return undefined;
}

/** The object that holds a field or method of a class around the code in hand. */
export function holderOf(lowering: JavaLowering, cls: JavaClass, at: { readonly isStatic: boolean; readonly span: Span }): ValueId {
  if (at.isStatic && cls.fullName !== '') return typeValue(lowering, cls.fullName, at.span);
  if (cls === lowering.cls) return readReceiver(lowering);
  // A class inside a function sees that function's `this`.
  for (let inner = lowering.cls; inner !== undefined; inner = inner.outer)
    if (inner.outer === cls && inner.home !== undefined) return outerReceiver(lowering, inner.home);
  const instance = unknownValue(lowering, at.span);
  return cls.fullName === ''
    ? instance
    : emit(lowering, { op: 'declared', value: instance, type: { name: cls.fullName, from: undefined } }, at.span);
}

function outerReceiver(lowering: JavaLowering, home: JavaLowering['frame']): ValueId {
  let frame = home;
  while (frame.isLambda && frame.parent !== undefined) frame = frame.parent;
  return outerValue(lowering, frame, frame.receiver);
}

type Loaded = FoundField & { readonly name: string; readonly span: Span };

function loadField(lowering: JavaLowering, { cls, field, name, span }: Loaded): ValueId {
  const object = holderOf(lowering, cls, { isStatic: field.isStatic, span });
  const value = emit(lowering, { op: 'load', object, key: { name } }, span);
  return field.type === undefined ? value : emit(lowering, { op: 'declared', value, type: field.type }, span);
}

/** Stores a simple name: the answer says whether there was a place for it. */
export function storeName(lowering: JavaLowering, name: string, stored: { readonly value: ValueId; readonly span: Span }): void {
  const local = findLocal(lowering, name);
  if (local !== undefined) {
    if (local.owner === lowering.frame) lowering.frame.builder.write(local.variable, stored.value);
    return;
  }
  const found = findField(lowering, name);
  const object =
    found === undefined ? readReceiver(lowering) : holderOf(lowering, found.cls, { isStatic: found.field.isStatic, span: stored.span });
  emit(lowering, { op: 'store', object, key: { name }, value: stored.value }, stored.span);
}

/** Lowers `a.b`: a member, or a part of the full name of a type. */
export function lowerFieldAccess(lowering: JavaLowering, node: SyntaxNode): ValueId {
  const object = node.child('object');
  const field = node.child('field');
  const name = field === undefined ? '' : textOf(lowering, field);
  if (name === 'this') return readReceiver(lowering);
  const type = qualifiedType(lowering, node);
  if (type !== undefined) return typeValue(lowering, type, node);
  if (name === 'length') return unknownValue(lowering, node); // of an array; a field of that name is a number as well
  const declared = object?.type === 'this' ? lowering.cls?.fields.get(name)?.type : undefined;
  const value = emit(lowering, { op: 'load', object: lowerExpression(lowering, object), key: { name } }, node);
  return declared === undefined ? value : emit(lowering, { op: 'declared', value, type: declared }, node);
}

/** The full name of the type that `a.b.C` is, when it is one: packages are in lower case, and no local has the name of the first. */
export function qualifiedType(lowering: JavaLowering, node: SyntaxNode): string | undefined {
  const written = textOf(lowering, node);
  if (!/^(?:\p{Ll}[\w$]*\s*\.\s*)+\p{Lu}[\w$]*$/u.test(written)) return undefined;
  const [head = ''] = written.split(/\s*\./u, 1);
  if (findLocal(lowering, head) !== undefined || findField(lowering, head) !== undefined) return undefined;
  return written.replaceAll(/\s+/gu, '');
}

/** Lowers `a[i]`. */
export function lowerArrayAccess(lowering: JavaLowering, node: SyntaxNode): ValueId {
  const object = lowerExpression(lowering, node.child('array'));
  const index = lowerExpression(lowering, node.child('index'));
  const constant = constantOf(lowering, index);
  return emit(lowering, { op: 'load', object, key: typeof constant === 'number' ? { name: String(constant) } : { any: true } }, node);
}
