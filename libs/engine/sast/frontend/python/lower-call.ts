import type { Argument, NamedArgument, ValueId } from '../../ir/instruction.ts';
import { emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { lowerExpression } from './lower-expression.ts';
import { textOf, type PythonLowering } from './python-lowering.ts';

const spellingPartsMax = 4; // the last names of a callee say what it is; the rest does not

/** Lowers a call. A method call keeps its object as the receiver. */
export function lowerCall(lowering: PythonLowering, node: SyntaxNode): ValueId {
  const fn = node.child('function');
  const object = fn?.type === 'attribute' ? fn.child('object') : undefined;
  const { callee, receiver } = lowerCallee(lowering, fn, object);
  const { args, named } = lowerArguments(lowering, node.child('arguments'));
  return emit(
    lowering,
    { op: 'call', form: 'call', callee, receiver, arguments: args, named, spelling: fn === undefined ? [] : spell(lowering, fn) },
    node,
  );
}

type Callee = { readonly callee: ValueId; readonly receiver: ValueId | undefined };

function lowerCallee(lowering: PythonLowering, fn: SyntaxNode | undefined, object: SyntaxNode | undefined): Callee {
  if (fn === undefined || object === undefined || lowering.modules.has(textOf(lowering, fn)))
    return { callee: lowerExpression(lowering, fn), receiver: undefined };
  const parent = lowering.frame.fixed.get('super');
  const name = fn.child('attribute');
  const key = { name: name === undefined ? '' : textOf(lowering, name) };
  if (parent !== undefined && /^super\s*\(/u.test(textOf(lowering, object))) {
    const prototype = emit(lowering, { op: 'load', object: parent, key: { name: 'prototype' } }, object);
    return { callee: emit(lowering, { op: 'load', object: prototype, key }, fn), receiver: lowering.frame.fixed.get('self') };
  }
  const receiver = lowerExpression(lowering, object);
  return { callee: emit(lowering, { op: 'load', object: receiver, key }, fn), receiver };
}

type Given = { readonly args: readonly Argument[]; readonly named: readonly NamedArgument[] };

export function lowerArguments(lowering: PythonLowering, node: SyntaxNode | undefined): Given {
  const args: Argument[] = [];
  const named: NamedArgument[] = [];
  const children = node?.type === 'generator_expression' ? [node] : (node?.children ?? []);
  for (const child of children) {
    const name = child.type === 'keyword_argument' ? child.child('name') : undefined;
    if (name !== undefined) named.push({ name: textOf(lowering, name), value: lowerExpression(lowering, child.child('value')) });
    else if (child.type === 'dictionary_splat') named.push({ name: '**', value: lowerExpression(lowering, child.children[0]) });
    else {
      const spread = child.type === 'list_splat';
      args.push({ value: lowerExpression(lowering, spread ? child.children[0] : child), spread });
    }
  }
  return { args, named };
}

/** Names of a callee from left to right; a call in between is marked by `()`. */
export function spell(lowering: PythonLowering, node: SyntaxNode): readonly string[] {
  const parts: string[] = [];
  let at: SyntaxNode | undefined = node;
  let suffix = '';
  while (at !== undefined && parts.length < spellingPartsMax) {
    if (at.type === 'call') {
      suffix = '()';
      at = at.child('function');
      continue;
    }
    const name: SyntaxNode | undefined = at.type === 'attribute' ? at.child('attribute') : at.type === 'identifier' ? at : undefined;
    parts.unshift(`${name === undefined ? '' : textOf(lowering, name)}${suffix}`);
    suffix = '';
    at = at.type === 'attribute' ? at.child('object') : undefined;
  }
  return parts;
}
