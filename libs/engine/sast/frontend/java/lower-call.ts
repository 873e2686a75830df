import { foldTextMethod } from '../../ir/fold.ts';
import type { ValueId } from '../../ir/instruction.ts';
import { emit, unknownValue } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { changers, containerKind, type ContainerKind } from './containers.ts';
import { fullTypeName, writtenType } from './file-names.ts';
import { constantValue, findLocal, readReceiver, textOf, typeValue, type JavaLowering } from './java-lowering.ts';
import { store } from './lower-assignment.ts';
import { lowerAnonymousClass } from './lower-class.ts';
import { callContainer, constantOf, newContainer } from './lower-container.ts';
import { lowerExpression } from './lower-expression.ts';
import { unwrapped } from './unwrapped.ts';
import { holderOf, qualifiedType } from './lower-name.ts';

const spellingPartsMax = 4; // the last names of a callee say what it is; the rest does not

/** Lowers a method call. */
export function lowerCall(lowering: JavaLowering, node: SyntaxNode): ValueId {
  const nameNode = node.child('name');
  const object = node.child('object');
  const name = nameNode === undefined ? '' : textOf(lowering, nameNode);
  if (object === undefined) {
    const receiver = implicitReceiver(lowering, name, node);
    return callMember(lowering, { node, object, receiver, name, args: lowerArguments(lowering, node.child('arguments')) });
  }
  const kind = containerOf(lowering, object);
  if (kind !== undefined) return lowerContainerCall(lowering, { node, object, kind, name });
  const receiver = explicitReceiver(lowering, object);
  const args = lowerArguments(lowering, node.child('arguments'));
  const made = madeCollection(lowering, { written: textOf(lowering, object), name, args, node });
  return made ?? callMember(lowering, { node, object, receiver, name, args });
}

/** Lowers `new X(...)`, with a body or without. */
export function lowerNew(lowering: JavaLowering, node: SyntaxNode): ValueId {
  const type = node.child('type');
  const written = writtenType(lowering.text, type) ?? '';
  const args = lowerArguments(lowering, node.child('arguments'));
  const body = node.ofType('class_body');
  const kind = body === undefined ? containerKind(written) : undefined;
  if (kind !== undefined) return newContainer(lowering, { kind, args, span: node });
  const local = findLocal(lowering, written);
  const known = local?.owner.builder.read(local.variable);
  const parent =
    known !== undefined && local?.owner === lowering.frame
      ? known
      : typeValue(lowering, fullTypeName(lowering.names, written), type ?? node);
  const callee = body === undefined ? parent : lowerAnonymousClass(lowering, body, parent);
  return emit(
    lowering,
    {
      op: 'call',
      form: 'new',
      callee,
      receiver: undefined,
      arguments: args.map((value) => ({ value, spread: false })),
      spelling: [written],
    },
    node,
  );
}

export function lowerArguments(lowering: JavaLowering, node: SyntaxNode | undefined): readonly ValueId[] {
  return (node?.children ?? []).map((child) => lowerExpression(lowering, child));
}

/** Names of an expression from left to right; a call in between is marked by `()`. */
export function spell(lowering: JavaLowering, node: SyntaxNode): readonly string[] {
  const parts: string[] = [];
  let at: SyntaxNode | undefined = node;
  while (at !== undefined && parts.length < spellingPartsMax) {
    const name: SyntaxNode | undefined = at.child('name') ?? at.child('field');
    if (at.type === 'method_invocation') parts.unshift(`${name === undefined ? '' : textOf(lowering, name)}()`);
    else if (at.type === 'field_access') parts.unshift(name === undefined ? '' : textOf(lowering, name));
    else if (at.type === 'identifier' || at.type === 'this' || at.type === 'super') parts.unshift(textOf(lowering, at));
    at = at.child('object');
  }
  return parts;
}

function explicitReceiver(lowering: JavaLowering, object: SyntaxNode): ValueId {
  if (object.type === 'super') {
    const parent = lowering.frame.fixed.get('super') ?? unknownValue(lowering, object);
    return emit(lowering, { op: 'load', object: parent, key: { name: 'prototype' } }, object);
  }
  const type = object.type === 'field_access' ? qualifiedType(lowering, object) : undefined;
  return type === undefined ? lowerExpression(lowering, object) : typeValue(lowering, type, object);
}

/** What an unqualified method is called on. */
function implicitReceiver(lowering: JavaLowering, name: string, span: SyntaxNode): ValueId {
  for (let cls = lowering.cls; cls !== undefined; cls = cls.outer) {
    const method = cls.methods.get(name);
    if (method !== undefined) return holderOf(lowering, cls, { isStatic: method.isStatic, span });
  }
  const { importedMembers, memberClasses } = lowering.names;
  const owner = importedMembers.get(name);
  if (owner !== undefined) return typeValue(lowering, owner, span);
  const [only] = memberClasses;
  return only !== undefined && lowering.cls?.outer === undefined && !inherits(lowering)
    ? typeValue(lowering, memberClasses.join('|'), span)
    : readReceiver(lowering);
}

function inherits(lowering: JavaLowering): boolean {
  return lowering.frame.fixed.has('super');
}

type ContainerNode = { readonly node: SyntaxNode; readonly object: SyntaxNode; readonly kind: ContainerKind; readonly name: string };

/** The kind of container that an expression is, when its content is followed as a value. */
function containerOf(lowering: JavaLowering, node: SyntaxNode): ContainerKind | undefined {
  let at: SyntaxNode | undefined = node;
  for (; at?.type === 'method_invocation'; at = at.child('object')) {
    const name = at.child('name');
    if (name === undefined || !changers.text.has(textOf(lowering, name))) return undefined; // only texts give themselves back
  }
  const isChain = at !== node;
  at = at === undefined ? undefined : unwrapped(at);
  const kind = rootKind(lowering, at);
  return isChain && kind !== 'text' ? undefined : kind;
}

function rootKind(lowering: JavaLowering, node: SyntaxNode | undefined): ContainerKind | undefined {
  if (node?.type === 'identifier') {
    const name = textOf(lowering, node);
    const local = findLocal(lowering, name);
    if (local !== undefined) return local.container;
    const field = lowering.cls?.fields.get(name);
    return field?.container === 'text' ? 'text' : undefined;
  }
  if (node?.type !== 'object_creation_expression' || node.ofType('class_body') !== undefined) return undefined;
  return containerKind(writtenType(lowering.text, node.child('type'))) === 'text' ? 'text' : undefined;
}

function lowerContainerCall(lowering: JavaLowering, { node, object, kind, name }: ContainerNode): ValueId {
  const content = lowerExpression(lowering, object);
  const args = lowerArguments(lowering, node.child('arguments'));
  const outcome = callContainer(lowering, { kind, content, method: name, args, span: node });
  if (outcome === undefined) return callMember(lowering, { node, object, receiver: content, name, args });
  if (outcome.content !== content) {
    const root = rootOf(object);
    if (root.type === 'identifier') store(lowering, root, outcome.content);
  }
  return outcome.result;
}

function rootOf(node: SyntaxNode): SyntaxNode {
  let at = node;
  for (let next = at.child('object'); at.type === 'method_invocation' && next !== undefined; next = at.child('object')) at = next;
  return unwrapped(at);
}

type Member = {
  readonly node: SyntaxNode;
  readonly object: SyntaxNode | undefined;
  readonly receiver: ValueId;
  readonly name: string;
  readonly args: readonly ValueId[];
};

function callMember(lowering: JavaLowering, { node, object, receiver, name, args }: Member): ValueId {
  const constant = constantCall(lowering, { name, receiver, args });
  if (constant !== undefined) return constantValue(lowering, constant, node);
  const calleeSpan = { start: node.start, end: node.child('name')?.end ?? node.end };
  const callee = emit(lowering, { op: 'load', object: receiver, key: { name } }, calleeSpan);
  return emit(
    lowering,
    {
      op: 'call',
      form: 'call',
      callee,
      receiver: object?.type === 'super' ? readReceiver(lowering) : receiver,
      arguments: args.map((value) => ({ value, spread: false })),
      spelling: [...(object === undefined ? [] : spell(lowering, object)), name],
    },
    node,
  );
}

type MethodCall = { readonly name: string; readonly receiver: ValueId; readonly args: readonly ValueId[] };

function constantCall(lowering: JavaLowering, { name, receiver, args }: MethodCall): string | number | boolean | undefined {
  const text = constantOf(lowering, receiver);
  if (typeof text !== 'string') return undefined;
  const constants = args.map((value) => constantOf(lowering, value));
  if (constants.includes(undefined)) return undefined;
  const value = foldTextMethod(name, text, constants);
  return value === null ? undefined : value;
}

type Made = { readonly written: string; readonly name: string; readonly args: readonly ValueId[]; readonly node: SyntaxNode };

const listMakers: ReadonlySet<string> = new Set([
  'Arrays.asList',
  'List.of',
  'Set.of',
  'Stream.of',
  'Collections.singletonList',
  'Collections.singleton',
  'Optional.of',
  'Optional.ofNullable',
]);

/** Collections that are made by naming what is in them. */
function madeCollection(lowering: JavaLowering, { written, name, args, node }: Made): ValueId | undefined {
  const holder = written.slice(written.lastIndexOf('.') + 1);
  if (findLocal(lowering, written) !== undefined) return undefined;
  const key = `${holder}.${name}`;
  if (listMakers.has(key) && !(key === 'Arrays.asList' && args.length === 1))
    return emit(lowering, { op: 'array', elements: args.map((value) => ({ value, spread: false })) }, node);
  if (key === 'Arrays.asList') return args[0];
  if (key !== 'Map.of') return undefined;
  const object = emit(lowering, { op: 'object' }, node);
  for (let at = 0; at + 1 < args.length; at += 2) {
    const [constant, value] = [constantOf(lowering, args[at] ?? -1), args[at + 1]];
    if (value !== undefined)
      emit(lowering, { op: 'store', object, key: typeof constant === 'string' ? { name: constant } : { any: true }, value }, node);
  }
  return object;
}
