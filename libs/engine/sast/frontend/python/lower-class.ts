import type { ValueId } from '../../ir/instruction.ts';
import { emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { lowerExpression } from './lower-expression.ts';
import { lowerFunction, type MethodOf } from './lower-function.ts';
import { lowerStatement } from './lower-statement.ts';
import { textOf, writeName, type PythonLowering } from './python-lowering.ts';

/** Lowers a class: functions in it are members of its prototype, and so are values, which instances see. */
export function lowerClass(lowering: PythonLowering, node: SyntaxNode): ValueId {
  const nameNode = node.child('name');
  const className = nameNode === undefined ? '' : textOf(lowering, nameNode);
  const bases = (node.child('superclasses')?.children ?? []).filter((child) => child.type !== 'keyword_argument');
  const [parent, ...others] = bases.map((base) => lowerExpression(lowering, base));
  const value = emit(lowering, { op: 'class', constructorIds: [], parent, interfaces: others, name: className }, node);
  writeName(lowering, className, { value, span: node });
  const prototype = emit(lowering, { op: 'load', object: value, key: { name: 'prototype' } }, node);
  const setting: MethodOf = { className, parent };
  for (const member of node.child('body')?.children ?? []) lowerMember(lowering, member, { prototype, value, setting });
  return value;
}

type Owner = { readonly prototype: ValueId; readonly value: ValueId; readonly setting: MethodOf };

function lowerMember(lowering: PythonLowering, member: SyntaxNode, owner: Owner): void {
  const isDecorated = member.type === 'decorated_definition';
  const definition = isDecorated ? member.child('definition') : member;
  if (definition === undefined) return;
  const nameNode = definition.child('name');
  const name = nameNode === undefined ? '' : textOf(lowering, nameNode);
  if (definition.type === 'function_definition') {
    const decorators = isDecorated ? member.children.filter((child) => child.type === 'decorator') : [];
    const value = lowerFunction(lowering, definition, { decorators, method: owner.setting });
    if (name === '__init__') emit(lowering, { op: 'store', object: owner.value, key: { name: '$init' }, value }, member);
    keep(lowering, owner, { name, value, span: member });
  } else if (definition.type === 'class_definition') keep(lowering, owner, { name, value: lowerClass(lowering, definition), span: member });
  else if (!keepAssigned(lowering, definition, owner)) lowerStatement(lowering, definition);
}

type Member = { readonly name: string; readonly value: ValueId; readonly span: SyntaxNode };

function keep(lowering: PythonLowering, owner: Owner, { name, value, span }: Member): void {
  emit(lowering, { op: 'store', object: owner.prototype, key: { name }, value }, span);
  emit(lowering, { op: 'store', object: owner.value, key: { name }, value }, span);
}

/** `name = value` in the body of a class. */
function keepAssigned(lowering: PythonLowering, statement: SyntaxNode, owner: Owner): boolean {
  const assignment = statement.type === 'expression_statement' ? statement.ofType('assignment') : undefined;
  const left = assignment?.child('left');
  const right = assignment?.child('right');
  if (left?.type !== 'identifier' || right === undefined) return false;
  keep(lowering, owner, { name: textOf(lowering, left), value: lowerExpression(lowering, right), span: statement });
  return true;
}
