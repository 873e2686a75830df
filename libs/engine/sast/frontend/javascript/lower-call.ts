import type { Argument as ArgumentNode, Expression } from 'oxc-parser';
import type { Argument, ValueId } from '../../ir/instruction.ts';
import type { NodeOf } from './node-of.ts';
import { emit, unknownValue } from '../emitter.ts';
import type { Lowering } from './lowering.ts';
import { lowerExpression } from './lower-expression.ts';
import { loadMember } from './lower-member.ts';
import { readReceiver } from './lower-name.ts';

const spellingPartsMax = 4; // the last names of a callee say what it is; the rest does not

/** Lowers a call. A method call keeps its object as the receiver. */
export function lowerCall(lowering: Lowering, node: NodeOf<'CallExpression'>): ValueId {
  const { callee, receiver } = lowerCallee(lowering, node.callee);
  const args = lowerArguments(lowering, node.arguments);
  return emit(lowering, { op: 'call', form: 'call', callee, receiver, arguments: args, spelling: spell(node.callee) }, node);
}

export function lowerNew(lowering: Lowering, node: NodeOf<'NewExpression'>): ValueId {
  const { callee } = lowerCallee(lowering, node.callee);
  const args = lowerArguments(lowering, node.arguments);
  return emit(lowering, { op: 'call', form: 'new', callee, receiver: undefined, arguments: args, spelling: spell(node.callee) }, node);
}

/** A tagged template calls its tag with the fixed parts and then each value. */
export function lowerTagged(lowering: Lowering, node: NodeOf<'TaggedTemplateExpression'>): ValueId {
  const { callee, receiver } = lowerCallee(lowering, node.tag);
  const fixed = node.quasi.quasis.map((quasi) => ({
    value: emit(lowering, { op: 'constant', value: quasi.value.cooked ?? quasi.value.raw }, quasi),
    spread: false,
  }));
  const strings = emit(lowering, { op: 'array', elements: fixed }, node.quasi);
  const values = node.quasi.expressions.map((expression) => ({ value: lowerExpression(lowering, expression), spread: false }));
  const args = [{ value: strings, spread: false }, ...values];
  return emit(lowering, { op: 'call', form: 'template', callee, receiver, arguments: args, spelling: spell(node.tag) }, node);
}

function lowerCallee(lowering: Lowering, node: Expression): { readonly callee: ValueId; readonly receiver: ValueId | undefined } {
  const inner = unwrapped(node);
  if (inner.type === 'Super')
    return { callee: emit(lowering, { op: 'global', name: 'super' }, inner), receiver: readReceiver(lowering, inner) };
  if (inner.type !== 'MemberExpression') return { callee: lowerExpression(lowering, inner), receiver: undefined };
  if (inner.object.type === 'Super') return { callee: unknownValue(lowering, inner), receiver: readReceiver(lowering, inner) };
  const receiver = lowerExpression(lowering, inner.object);
  return { callee: loadMember(lowering, inner, receiver), receiver };
}

function lowerArguments(lowering: Lowering, nodes: readonly ArgumentNode[]): readonly Argument[] {
  return nodes.map((node) =>
    node.type === 'SpreadElement'
      ? { value: lowerExpression(lowering, node.argument), spread: true }
      : { value: lowerExpression(lowering, node), spread: false },
  );
}

/** Names of a callee from left to right; a call in between is marked by `()`. */
function spell(node: Expression): readonly string[] {
  const parts: string[] = [];
  let at: Expression | undefined = node;
  while (at !== undefined && parts.length < spellingPartsMax) {
    const inner: Expression = unwrapped(at);
    const name = nameOf(inner);
    if (name !== undefined) parts.unshift(name);
    at = inner.type === 'MemberExpression' ? inner.object : lastOf(inner);
  }
  return parts;
}

function nameOf(node: Expression): string | undefined {
  switch (node.type) {
    case 'MemberExpression':
      return node.computed ? '[]' : node.property.name;
    case 'CallExpression':
      return `${spell(node.callee).at(-1) ?? ''}()`;
    case 'Identifier':
      return node.name;
    case 'ThisExpression':
      return 'this';
    case 'Super':
      return 'super';
    default:
      return undefined;
  }
}

/** What compilers write around a name: `(0, f)`, `(P || (P = Promise))`. */
function lastOf(node: Expression): Expression | undefined {
  if (node.type === 'SequenceExpression') return node.expressions.at(-1);
  return node.type === 'LogicalExpression' || node.type === 'AssignmentExpression' ? node.right : undefined;
}

function unwrapped(node: Expression): Expression {
  let at = node;
  for (;;) {
    if (
      at.type === 'ChainExpression' ||
      at.type === 'TSNonNullExpression' ||
      at.type === 'TSAsExpression' ||
      at.type === 'ParenthesizedExpression'
    ) {
      at = at.expression;
    } else return at;
  }
}
