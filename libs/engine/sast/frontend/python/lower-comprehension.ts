import type { ValueId } from '../../ir/instruction.ts';
import { emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { assign } from './lower-assignment.ts';
import { lowerExpression, lowerTest } from './lower-expression.ts';
import { noValue, type PythonLowering } from './python-lowering.ts';

/** Lowers a comprehension: what it makes of any one element stands for all. */
export function lowerComprehension(lowering: PythonLowering, node: SyntaxNode): ValueId {
  const { builder } = lowering.frame;
  let made: ValueId = noValue(lowering);
  builder.arm(() => {
    for (const clause of node.children) {
      if (clause.type === 'for_in_clause') {
        const of = lowerExpression(lowering, clause.child('right'));
        const left = clause.child('left');
        if (left !== undefined) assign(lowering, left, emit(lowering, { op: 'element', of }, clause));
      } else if (clause.type === 'if_clause') lowerTest(lowering, clause.children[0]).assume(true);
    }
    const body = node.child('body');
    if (body?.type !== 'pair') {
      const value = lowerExpression(lowering, body);
      made = emit(lowering, { op: 'array', elements: [{ value, spread: false }] }, node);
      return;
    }
    made = emit(lowering, { op: 'object' }, node);
    const value = lowerExpression(lowering, body.child('value'));
    emit(lowering, { op: 'store', object: made, key: { computed: lowerExpression(lowering, body.child('key')) }, value }, body);
  });
  return made;
}
