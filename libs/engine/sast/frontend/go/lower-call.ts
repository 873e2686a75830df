import type { Argument, ValueId } from '../../ir/instruction.ts';
import { emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { textOf, type GoLowering } from './go-lowering.ts';
import { importOf, lowerExpression } from './lower-expression.ts';
import { newObject } from './lower-composite.ts';

const spellingPartsMax = 4; // the last names of a callee say what it is; the rest does not

/** Lowers a call. A method call keeps its object as the receiver; conversions to texts and bytes are the value itself. */
export function lowerCall(lowering: GoLowering, node: SyntaxNode): ValueId {
  const fn = node.child('function');
  const list = node.child('arguments')?.children ?? [];
  const name = fn?.type === 'identifier' ? textOf(lowering, fn) : '';
  if (fn === undefined || fn.type.endsWith('_type') || conversions.has(name)) return lowerExpression(lowering, list[0]);
  if (name === 'new' && list[0] !== undefined) return newObject(lowering, list[0], node);
  if (name === 'append') return lowerAppend(lowering, list, node);
  const { callee, receiver } = lowerCallee(lowering, fn);
  const args = lowerArguments(lowering, node, list);
  return emit(lowering, { op: 'call', form: 'call', callee, receiver, arguments: args, spelling: spell(lowering, fn) }, node);
}

type Callee = { readonly callee: ValueId; readonly receiver: ValueId | undefined };

function lowerCallee(lowering: GoLowering, fn: SyntaxNode): Callee {
  const operand = fn.type === 'selector_expression' ? fn.child('operand') : undefined;
  if (operand === undefined || importOf(lowering, operand) !== undefined)
    return { callee: lowerExpression(lowering, fn), receiver: undefined };
  const receiver = lowerExpression(lowering, operand);
  const field = fn.child('field');
  const key = { name: field === undefined ? '' : textOf(lowering, field) };
  return { callee: emit(lowering, { op: 'load', object: receiver, key }, fn), receiver };
}

const conversions: ReadonlySet<string> = new Set(['string', 'error', 'any']);

function lowerArguments(lowering: GoLowering, node: SyntaxNode, list: readonly SyntaxNode[]): readonly Argument[] {
  const isSpread = /\.\.\.\s*,?\s*\)$/u.test(lowering.text.slice(Math.max(node.start, node.end - 12), node.end));
  return list.map((child, index) => ({ value: lowerExpression(lowering, child), spread: isSpread && index === list.length - 1 }));
}

function lowerAppend(lowering: GoLowering, list: readonly SyntaxNode[], node: SyntaxNode): ValueId {
  const [first, ...rest] = lowerArguments(lowering, node, list);
  return emit(lowering, { op: 'array', elements: [...(first === undefined ? [] : [{ ...first, spread: true }]), ...rest] }, node);
}

/** Names of a callee from left to right; a call in between is marked by `()`. */
function spell(lowering: GoLowering, node: SyntaxNode): readonly string[] {
  const parts: string[] = [];
  let at: SyntaxNode | undefined = node;
  let suffix = '';
  while (at !== undefined && parts.length < spellingPartsMax) {
    if (at.type === 'call_expression') {
      suffix = '()';
      at = at.child('function');
      continue;
    }
    const name: SyntaxNode | undefined = at.type === 'selector_expression' ? at.child('field') : at.type === 'identifier' ? at : undefined;
    parts.unshift(`${name === undefined ? '' : textOf(lowering, name)}${suffix}`);
    suffix = '';
    at = at.type === 'selector_expression' ? at.child('operand') : undefined;
  }
  return parts;
}
