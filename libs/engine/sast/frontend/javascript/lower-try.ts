import type { NodeOf } from './node-of.ts';
import { inScopeOf, type Lowering } from './lowering.ts';
import { lowerPattern } from './lower-pattern.ts';
import { lowerStatement, lowerStatements } from './lower-statement.ts';

/** Lowers `try`: the handler may begin at any point of the block, so it sees both what was and what the block made. */
export function lowerTry(lowering: Lowering, node: NodeOf<'TryStatement'>): void {
  const { builder } = lowering.frame;
  const from = builder.code.length;
  const block = builder.arm(() => {
    lowerStatement(lowering, node.block);
  });
  const { handler } = node;
  const caught = handler === null ? undefined : builder.caught(from, handler.param ?? handler);
  if (handler === null) builder.meet([block], node);
  else {
    const handled = builder.arm(() => {
      builder.meet([block ?? new Map(), new Map()], node);
      inScopeOf(lowering, handler, () => {
        const { param } = handler;
        lowerStatements(lowering, []);
        if (param !== null && caught !== undefined) lowerPattern(lowering, { pattern: param, value: caught, declares: true });
        lowerStatement(lowering, handler.body);
      });
    });
    builder.meet([block, handled], node);
  }
  if (node.finalizer !== null) {
    const { reachable } = builder;
    builder.reachable = true;
    lowerStatement(lowering, node.finalizer);
    builder.reachable = reachable && builder.reachable;
  }
}
