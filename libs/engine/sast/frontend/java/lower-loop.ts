import type { Test } from '../conditions.ts';
import { emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { typeNameOf } from './file-names.ts';
import { declareLocal, findLocal, inBlock, textOf, type JavaLowering } from './java-lowering.ts';
import { lowerExpression, lowerTest } from './lower-expression.ts';
import { lowerStatement } from './lower-statement.ts';
import { positionedWithin } from '../positioned-within.ts';

export function lowerWhile(lowering: JavaLowering, node: SyntaxNode, label: string | undefined): void {
  lowerTested(lowering, { node, label, onRepeat: () => undefined });
}

export function lowerDo(lowering: JavaLowering, node: SyntaxNode, label: string | undefined): void {
  const body = (): void => {
    lowerStatement(lowering, node.child('body'));
    lowerTest(lowering, node.child('condition'));
  };
  lowering.frame.builder.loop({ assigned: assignedIn(lowering, node), label, body }, node);
}

/** Lowers `for (;;)`. */
export function lowerFor(lowering: JavaLowering, node: SyntaxNode, label: string | undefined): void {
  inBlock(lowering, () => {
    for (const child of node.children) {
      if (child.field !== 'init') continue;
      if (child.type === 'local_variable_declaration') lowerStatement(lowering, child);
      else lowerExpression(lowering, child);
    }
    const onRepeat = (): void => {
      for (const child of node.children) if (child.field === 'update') lowerExpression(lowering, child);
    };
    lowerTested(lowering, { node, label, onRepeat });
  });
}

/** Lowers `for (T x : all)`: the variable is an element of what is gone through. */
export function lowerEach(lowering: JavaLowering, node: SyntaxNode, label: string | undefined): void {
  inBlock(lowering, () => {
    const of = lowerExpression(lowering, node.child('value'));
    const element = emit(lowering, { op: 'element', of }, node.child('value') ?? node);
    const type = typeNameOf(lowering.text, lowering.names, node.child('type'));
    const name = node.child('name');
    const body = (): void => {
      const value = type === undefined ? element : emit(lowering, { op: 'declared', value: element, type }, name ?? node);
      if (name !== undefined) lowering.frame.builder.write(declareLocal(lowering, textOf(lowering, name), { type }).variable, value);
      lowerStatement(lowering, node.child('body'));
    };
    lowering.frame.builder.loop({ assigned: assignedIn(lowering, node), label, body }, node);
  });
}

type Tested = { readonly node: SyntaxNode; readonly label: string | undefined; readonly onRepeat: () => void };

function lowerTested(lowering: JavaLowering, { node, label, onRepeat }: Tested): void {
  let test: Test | undefined;
  const condition = node.child('condition');
  const body = (): void => {
    test = condition === undefined ? undefined : lowerTest(lowering, condition);
    test?.assume(true);
    lowerStatement(lowering, node.child('body'));
  };
  const leave = (): void => test?.assume(false);
  lowering.frame.builder.loop({ assigned: assignedIn(lowering, node), label, body, onRepeat, leave }, node);
}

/** Variables of the function in hand that are assigned somewhere in `node`, found by position. */
function assignedIn(lowering: JavaLowering, node: SyntaxNode): readonly number[] {
  const { assignments } = lowering.frame.facts;
  const variables = new Set<number>();
  for (const assignment of positionedWithin(assignments, node)) {
    const local = findLocal(lowering, assignment.name);
    if (local?.owner === lowering.frame) variables.add(local.variable);
  }
  return [...variables];
}
