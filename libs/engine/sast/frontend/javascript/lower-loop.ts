import type { Expression, Node } from 'oxc-parser';
import type { NodeOf } from './node-of.ts';
import { emit } from '../emitter.ts';
import { inScopeOf, type Lowering } from './lowering.ts';
import { lowerExpression } from './lower-expression.ts';
import { lowerPattern } from './lower-pattern.ts';
import { declareScope, lowerStatement, type LabelledLoop } from './lower-statement.ts';
import type { Test } from '../conditions.ts';
import { forgetPaths, pathRootOf } from './lower-name.ts';
import { lowerTest } from './lower-test.ts';
import { positionedWithin } from '../positioned-within.ts';

/** Lowers `for (;;)`. */
export function lowerFor({ lowering, label }: LabelledLoop, node: NodeOf<'ForStatement'>): void {
  inScopeOf(lowering, node, () => {
    declareScope(lowering, lowering.scope);
    if (node.init?.type === 'VariableDeclaration') lowerStatement(lowering, node.init);
    else if (node.init !== null) lowerExpression(lowering, node.init);
    const { update } = node;
    const onRepeat = (): void => {
      if (update !== null) lowerExpression(lowering, update);
    };
    lowerTested({ lowering, label }, { node, test: node.test, body: node.body, onRepeat });
  });
}

/** Lowers `while`. */
export function lowerWhile(loop: LabelledLoop, node: NodeOf<'WhileStatement'>): void {
  lowerTested(loop, { node, test: node.test, body: node.body, onRepeat: () => undefined });
}

/** Lowers `do ... while`. */
export function lowerDoWhile({ lowering, label }: LabelledLoop, node: NodeOf<'DoWhileStatement'>): void {
  const body = (): void => {
    lowerStatement(lowering, node.body);
    lowerExpression(lowering, node.test);
  };
  lowering.frame.builder.loop({ assigned: assignedIn(lowering, node), label, body }, node);
}

/** Lowers `for ... of`: the variable is an element of what is gone through. */
export function lowerForOf(loop: LabelledLoop, node: NodeOf<'ForOfStatement'>): void {
  const { lowering } = loop;
  inScopeOf(lowering, node, () => {
    const of = lowerExpression(lowering, node.right);
    const element = emit(lowering, { op: 'element', of }, node.right);
    lowerEach(loop, node, node.await ? emit(lowering, { op: 'await', value: element }, node.right) : element);
  });
}

/** Lowers `for ... in`: the variable is a key of what is gone through. */
export function lowerForIn(loop: LabelledLoop, node: NodeOf<'ForInStatement'>): void {
  const { lowering } = loop;
  inScopeOf(lowering, node, () => {
    const of = lowerExpression(lowering, node.right);
    lowerEach(loop, node, emit(lowering, { op: 'keys', of }, node.right));
  });
}

function lowerEach({ lowering, label }: LabelledLoop, node: NodeOf<'ForOfStatement'> | NodeOf<'ForInStatement'>, value: number): void {
  declareScope(lowering, lowering.scope);
  const pattern = node.left.type === 'VariableDeclaration' ? node.left.declarations[0]?.id : node.left;
  const body = (): void => {
    if (pattern !== undefined) lowerPattern(lowering, { pattern, value, declares: node.left.type === 'VariableDeclaration' });
    lowerStatement(lowering, node.body);
  };
  lowering.frame.builder.loop({ assigned: assignedIn(lowering, node), label, body }, node);
}

type TestedLoop = { readonly node: Node; readonly test: Expression | null; readonly body: Node; readonly onRepeat: () => void };

function lowerTested({ lowering, label }: LabelledLoop, parts: TestedLoop): void {
  let test: Test | undefined;
  const body = (): void => {
    test = parts.test === null ? undefined : lowerTest(lowering, parts.test);
    test?.assume(true);
    lowerStatement(lowering, parts.body);
  };
  const leave = (): void => test?.assume(false);
  lowering.frame.builder.loop({ assigned: assignedIn(lowering, parts.node), label, body, onRepeat: parts.onRepeat, leave }, parts.node);
}

/** Variables of the function in hand that are assigned somewhere in `node`, found by position. */
function assignedIn(lowering: Lowering, node: Node): readonly number[] {
  const { assignments } = lowering.bindings;
  const variables = new Set<number>();
  for (const assignment of positionedWithin(assignments, node)) {
    const { binding } = assignment;
    // What tests said of members that are reached through it holds for the first round at most.
    if (binding?.owner !== undefined) forgetPaths(lowering, pathRootOf(binding));
    if (binding?.owner === lowering.frame.builder && !binding.closureWritten) variables.add(binding.variable);
  }
  return [...variables];
}
