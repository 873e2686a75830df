import type { Expression } from 'oxc-parser';
import { connected, negated, tested, type Test } from '../conditions.ts';
import type { Lowering } from './lowering.ts';
import { lowerExpression } from './lower-expression.ts';

const connectivesMax = 8; // a longer chain of && and || would cost its square and narrows nothing in practice

/** Lowers an expression that is used as a condition. */
export function lowerTest(lowering: Lowering, node: Expression, connectives = 0): Test {
  if (node.type === 'UnaryExpression' && node.operator === '!')
    return negated(lowering, lowerTest(lowering, node.argument, connectives), node);
  if (node.type === 'LogicalExpression' && node.operator !== '??' && connectives < connectivesMax) {
    const left = lowerTest(lowering, node.left, connectives + 1);
    const right = (): Test => lowerTest(lowering, node.right, connectives + 1);
    return connected(lowering, node.operator === '&&', { left, right, span: node });
  }
  return tested(lowering, lowerExpression(lowering, node));
}
