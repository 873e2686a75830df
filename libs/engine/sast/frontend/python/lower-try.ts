import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { assign } from './lower-assignment.ts';
import { lowerExpression } from './lower-expression.ts';
import { lowerBlock } from './lower-statement.ts';
import { noValue, type PythonLowering } from './python-lowering.ts';

/** Lowers `try`: a handler may begin at any point of the block, so it sees both what was and what the block made. */
export function lowerTry(lowering: PythonLowering, node: SyntaxNode): void {
  const { builder } = lowering.frame;
  const block = builder.arm(() => {
    lowerBlock(lowering, node.child('body'));
    lowerBlock(lowering, node.ofType('else_clause')?.child('body'));
  });
  const handlers = node.children.filter((child) => child.type === 'except_clause' || child.type === 'except_group_clause');
  const handled = handlers.map((handler) =>
    builder.arm(() => {
      builder.meet([block ?? new Map(), new Map()], node);
      const target = handler.ofType('as_pattern')?.child('alias');
      if (target !== undefined) assign(lowering, target, noValue(lowering));
      lowerBlock(lowering, handler.ofType('block'));
    }),
  );
  builder.meet([block, ...handled], node);
  const last = node.ofType('finally_clause');
  if (last === undefined) return;
  const { reachable } = builder;
  builder.reachable = true;
  lowerBlock(lowering, last.ofType('block'));
  builder.reachable = reachable && builder.reachable;
}

/** Lowers `with a as b`: what a manager hands out stands for itself. */
export function lowerWith(lowering: PythonLowering, node: SyntaxNode): void {
  for (const item of node.ofType('with_clause')?.children ?? []) {
    const given = item.child('value');
    const value = lowerExpression(lowering, given);
    const target = given?.type === 'as_pattern' ? given.child('alias') : undefined;
    if (target !== undefined) assign(lowering, target, value);
  }
  lowerBlock(lowering, node.child('body'));
}
