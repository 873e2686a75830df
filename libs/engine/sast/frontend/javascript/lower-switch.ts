import type { Changes } from '../../ir/function-builder.ts';
import type { NodeOf } from './node-of.ts';
import { emit } from '../emitter.ts';
import { inScopeOf, type Lowering } from './lowering.ts';
import { lowerExpression } from './lower-expression.ts';
import { declareScope, lowerStatement } from './lower-statement.ts';
import { hoistFunctions } from './lower-function.ts';
import { refineBy } from '../conditions.ts';

/** Lowers `switch`: in each case the subject is known to equal the case's value; cases fall into the next. */
export function lowerSwitch(lowering: Lowering, node: NodeOf<'SwitchStatement'>): void {
  const { builder } = lowering.frame;
  const subject = lowerExpression(lowering, node.discriminant);
  inScopeOf(lowering, node, () => {
    declareScope(lowering, lowering.scope);
    for (const item of node.cases) hoistFunctions(lowering, item.consequent);
    const body = (): void => {
      let fallingIn: Changes | undefined;
      let enters = false;
      for (const item of node.cases) {
        const fresh = builder.arm(() => {
          if (item.test === null) return;
          const right = lowerExpression(lowering, item.test);
          refineBy(lowering, emit(lowering, { op: 'binary', operator: '===', left: subject, right }, item.test), 'true');
        });
        fallingIn = builder.arm(() => {
          builder.meet(enters ? [fresh, fallingIn] : [fresh], item);
          for (const statement of item.consequent) lowerStatement(lowering, statement);
        });
        enters = fallingIn !== undefined;
      }
      const hasDefault = node.cases.some((item) => item.test === null);
      builder.meet(hasDefault ? [fallingIn] : [fallingIn, new Map()], node);
    };
    builder.breakable(undefined, body, node);
  });
}
