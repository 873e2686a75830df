import { unknownValue } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { declareLocal, inBlock, textOf, type JavaLowering } from './java-lowering.ts';
import { lowerExpression } from './lower-expression.ts';
import { lowerStatement } from './lower-statement.ts';

/** Lowers `try`: a handler may begin at any point of the block, so it sees both what was and what the block made. */
export function lowerTry(lowering: JavaLowering, node: SyntaxNode): void {
  const { builder } = lowering.frame;
  const block = builder.arm(() => {
    inBlock(lowering, () => {
      for (const resource of node.child('resources')?.children ?? []) lowerResource(lowering, resource);
      lowerStatement(lowering, node.child('body'));
    });
  });
  const handlers = node.children.filter((child) => child.type === 'catch_clause');
  const handled = handlers.map((handler) =>
    builder.arm(() => {
      builder.meet([block ?? new Map(), new Map()], node);
      inBlock(lowering, () => {
        const name = handler.ofType('catch_formal_parameter')?.child('name');
        if (name !== undefined) builder.write(declareLocal(lowering, textOf(lowering, name)).variable, unknownValue(lowering, name));
        lowerStatement(lowering, handler.child('body'));
      });
    }),
  );
  builder.meet([block, ...handled], node);
  const last = node.ofType('finally_clause');
  if (last === undefined) return;
  const { reachable } = builder;
  builder.reachable = true;
  lowerStatement(lowering, last.children[0]);
  builder.reachable = reachable && builder.reachable;
}

function lowerResource(lowering: JavaLowering, node: SyntaxNode): void {
  const name = node.child('name');
  const value = node.child('value');
  if (name === undefined || value === undefined) {
    for (const child of node.children) lowerExpression(lowering, child);
    return;
  }
  const initial = lowerExpression(lowering, value);
  lowering.frame.builder.write(declareLocal(lowering, textOf(lowering, name)).variable, initial);
}
