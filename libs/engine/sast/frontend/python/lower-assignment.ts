import type { ValueId } from '../../ir/instruction.ts';
import { emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { lowerExpression, subscriptKey } from './lower-expression.ts';
import { noValue, textOf, writeName, type PythonLowering } from './python-lowering.ts';

/** Lowers `a = b`, `a: T = b` and `a += b`. */
export function lowerAssignment(lowering: PythonLowering, node: SyntaxNode): ValueId {
  const left = node.child('left');
  const rightNode = node.child('right');
  if (left === undefined || rightNode === undefined) return noValue(lowering); // `a: T` alone
  const right = lowerExpression(lowering, rightNode);
  const value = node.type === 'augmented_assignment' ? augmented(lowering, node, { left, right }) : right;
  assign(lowering, left, value);
  return value;
}

function augmented(
  lowering: PythonLowering,
  node: SyntaxNode,
  { left, right }: { readonly left: SyntaxNode; readonly right: ValueId },
): ValueId {
  const operator = node.child('operator');
  const sign = operator === undefined ? '' : textOf(lowering, operator);
  const before = lowerExpression(lowering, left);
  if (sign === '+=' || sign === '%=') return emit(lowering, { op: 'concat', parts: [before, right] }, node);
  return emit(lowering, { op: 'binary', operator: sign.slice(0, -1), left: before, right }, node);
}

/** Assigns a value to a target: a name, a member, or several of them. */
export function assign(lowering: PythonLowering, target: SyntaxNode, value: ValueId): void {
  switch (target.type) {
    case 'identifier':
      writeName(lowering, textOf(lowering, target), { value, span: target });
      return;
    case 'attribute': {
      const name = target.child('attribute');
      const object = lowerExpression(lowering, target.child('object'));
      emit(lowering, { op: 'store', object, key: { name: name === undefined ? '' : textOf(lowering, name) }, value }, target);
      return;
    }
    case 'subscript': {
      const object = lowerExpression(lowering, target.child('value'));
      emit(lowering, { op: 'store', object, key: subscriptKey(lowering, target), value }, target);
      return;
    }
    case 'list_splat_pattern':
    case 'as_pattern_target':
    case 'parenthesized_expression':
      if (target.children[0] !== undefined) assign(lowering, target.children[0], value);
      return;
    default:
      for (const [index, child] of target.children.entries())
        assign(lowering, child, emit(lowering, { op: 'load', object: value, key: { name: String(index) } }, child));
  }
}
