import type { Test } from '../conditions.ts';
import { emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { assign } from './lower-assignment.ts';
import { lowerExpression, lowerTest } from './lower-expression.ts';
import { lowerBlock } from './lower-statement.ts';
import type { PythonLowering } from './python-lowering.ts';
import { positionedWithin } from '../positioned-within.ts';

/** Lowers `for`: the target is an element of what is gone through. */
export function lowerFor(lowering: PythonLowering, node: SyntaxNode): void {
  const of = lowerExpression(lowering, node.child('right'));
  const left = node.child('left');
  const body = (): void => {
    if (left !== undefined) assign(lowering, left, emit(lowering, { op: 'element', of }, node.child('right') ?? node));
    lowerBlock(lowering, node.child('body'));
  };
  lowering.frame.builder.loop({ assigned: assignedIn(lowering, node), label: undefined, body }, node);
  lowerBlock(lowering, node.child('alternative')?.child('body'));
}

export function lowerWhile(lowering: PythonLowering, node: SyntaxNode): void {
  let test: Test | undefined;
  const body = (): void => {
    test = lowerTest(lowering, node.child('condition'));
    test.assume(true);
    lowerBlock(lowering, node.child('body'));
  };
  const leave = (): void => test?.assume(false);
  lowering.frame.builder.loop({ assigned: assignedIn(lowering, node), label: undefined, body, leave }, node);
  lowerBlock(lowering, node.child('alternative')?.child('body'));
}

/** Variables of the function in hand that are assigned somewhere in `node`, found by position. */
function assignedIn(lowering: PythonLowering, node: SyntaxNode): readonly number[] {
  const { assignments } = lowering.frame.names;
  const variables = new Set<number>();
  for (const assignment of positionedWithin(assignments, node)) {
    const variable = lowering.frame.variables.get(assignment.name);
    if (variable !== undefined) variables.add(variable);
  }
  return [...variables];
}
