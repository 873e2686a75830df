import type { ValueId } from '../../ir/instruction.ts';
import { declareName, writeName } from './lower-name.ts';
import { emit } from '../emitter.ts';
import { inScopeOf, type Lowering } from './lowering.ts';
import { lowerExpression } from './lower-expression.ts';
import { lowerFunction } from './lower-function.ts';
import { lowerKey } from './lower-member.ts';
import { declareScope, lowerStatements } from './lower-statement.ts';
import type { NodeOf } from './node-of.ts';

type ClassNode = NodeOf<'ClassDeclaration'>;

/** Lowers a class: methods are members of its prototype, static ones of the class itself. */
export function lowerClass(lowering: Lowering, node: ClassNode): ValueId {
  let value: ValueId = -1;
  inScopeOf(lowering, node, () => {
    if (node.type === 'ClassExpression') declareScope(lowering, lowering.scope);
    value = lowerClassHere(lowering, node);
  });
  return value;
}

/** Gives the instance in hand its fields, as the constructor begins. */
export function lowerFields(lowering: Lowering, node: ClassNode): void {
  for (const element of node.body.body) {
    if (element.type !== 'PropertyDefinition' || element.static || element.value === null || isFunction(element.value)) continue;
    const value = lowerExpression(lowering, element.value);
    const key = lowerKey(lowering, element.key, element.computed);
    emit(lowering, { op: 'store', object: lowering.frame.receiver, key, value }, element);
  }
}

function lowerClassHere(lowering: Lowering, node: ClassNode): ValueId {
  const name = node.id?.name ?? '';
  const parent = node.superClass === null ? undefined : lowerExpression(lowering, node.superClass);
  const constructorId = lowerConstructor(lowering, node);
  const value = emit(
    lowering,
    { op: 'class', constructorIds: constructorId === undefined ? [] : [constructorId], parent, interfaces: [], name },
    node,
  );
  if (node.id !== null) {
    const binding = lowering.scope.names.get(name);
    if (binding !== undefined) declareName(lowering, binding, undefined);
    writeName(lowering, name, { value, span: node.id });
  }
  const prototype = emit(lowering, { op: 'load', object: value, key: { name: 'prototype' } }, node);
  for (const element of node.body.body) lowerElement(lowering, element, { value, prototype, className: name });
  return value;
}

function lowerConstructor(lowering: Lowering, node: ClassNode): number | undefined {
  const element = node.body.body.find((candidate) => candidate.type === 'MethodDefinition' && candidate.kind === 'constructor');
  if (element?.type === 'MethodDefinition' && element.value.body !== null) {
    const id = lowering.functions.length;
    lowerFunction(lowering, element.value, { name: `${node.id?.name ?? 'class'}.constructor`, constructorOf: node });
    return id;
  }
  return undefined;
}

type Owner = { readonly value: ValueId; readonly prototype: ValueId; readonly className: string };

function lowerElement(lowering: Lowering, element: ClassNode['body']['body'][number], owner: Owner): void {
  if (element.type === 'StaticBlock') {
    inScopeOf(lowering, element, () => {
      lowerStatements(lowering, element.body);
    });
    return;
  }
  if (element.type !== 'MethodDefinition' && element.type !== 'PropertyDefinition') return;
  if (element.value === null || (element.type === 'MethodDefinition' && (element.kind === 'constructor' || element.value.body === null)))
    return;
  const key = lowerKey(lowering, element.key, element.computed);
  const name = `${owner.className}.${'name' in key ? key.name : '?'}`;
  const value = isFunction(element.value)
    ? lowerFunction(lowering, element.value, { name, decorators: element.decorators, isMethod: true })
    : lowerExpression(lowering, element.value);
  const isGetter = element.type === 'MethodDefinition' && element.kind === 'get';
  emit(lowering, { op: 'store', object: element.static ? owner.value : owner.prototype, key, value, isGetter }, element);
}

function isFunction(node: { readonly type: string }): node is NodeOf<'FunctionExpression'> | NodeOf<'ArrowFunctionExpression'> {
  return node.type === 'ArrowFunctionExpression' || node.type === 'FunctionExpression';
}
