import { refineBy } from '../conditions.ts';
import { emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { declareLocal, inBlock, textOf, type GoLowering } from './go-lowering.ts';
import { lowerExpression, lowerTest } from './lower-expression.ts';
import { lowerBlock, lowerStatement } from './lower-statement.ts';

const cases: ReadonlySet<string> = new Set(['expression_case', 'type_case', 'communication_case', 'default_case']);

/** Lowers the forms of `switch`, and `select`: no case falls into the next. */
export function lowerSwitch(lowering: GoLowering, node: SyntaxNode): void {
  const { builder } = lowering.frame;
  builder.breakable(
    undefined,
    () => {
      inBlock(lowering, () => {
        lowerStatement(lowering, node.child('initializer'));
        const value = node.child('value');
        const subject = value === undefined ? undefined : lowerExpression(lowering, value);
        const alias = node.child('alias')?.children[0];
        if (alias !== undefined && subject !== undefined) builder.write(declareLocal(lowering, textOf(lowering, alias)).variable, subject);
        const all = node.children.filter((child) => cases.has(child.type));
        const ends = all.map((item) =>
          builder.arm(() => {
            assume(lowering, item, subject);
            lowerBlock(lowering, item.ofType('statement_list'));
          }),
        );
        const hasDefault = all.some((item) => item.type === 'default_case');
        builder.meet(hasDefault ? ends : [...ends, new Map()], node);
      });
    },
    node,
  );
}

/** In a case of one value the subject is that; without a subject the case is a condition. */
function assume(lowering: GoLowering, item: SyntaxNode, subject: number | undefined): void {
  const values = item.type === 'expression_case' ? (item.child('value')?.children ?? []) : [];
  const [only] = values;
  if (only === undefined || values.length > 1) return;
  if (subject === undefined) lowerTest(lowering, only).assume(true);
  else
    refineBy(
      lowering,
      emit(lowering, { op: 'binary', operator: '===', left: subject, right: lowerExpression(lowering, only) }, item),
      'true',
    );
}
