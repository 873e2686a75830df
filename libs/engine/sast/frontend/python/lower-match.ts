import { refineBy } from '../conditions.ts';
import { emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { lowerExpression } from './lower-expression.ts';
import { lowerBlock } from './lower-statement.ts';
import { writeName, type PythonLowering } from './python-lowering.ts';
import { namesIn } from './survey-names.ts';

const literals: ReadonlySet<string> = new Set(['string', 'integer', 'float', 'true', 'false', 'none', 'concatenated_string']);

/** Lowers `match`: in a case of one literal the subject is that; names in a pattern are parts of the subject. */
export function lowerMatch(lowering: PythonLowering, node: SyntaxNode): void {
  const { builder } = lowering.frame;
  const subject = lowerExpression(lowering, node.child('subject'));
  const cases = (node.child('body')?.children ?? []).filter((child) => child.type === 'case_clause');
  const ends = cases.map((item) =>
    builder.arm(() => {
      const pattern = item.ofType('case_pattern');
      const [inner] = pattern?.children ?? [];
      if (inner !== undefined && literals.has(inner.type)) {
        const right = lowerExpression(lowering, inner);
        refineBy(lowering, emit(lowering, { op: 'binary', operator: '===', left: subject, right }, item), 'true');
      } else if (pattern !== undefined)
        for (const name of namesIn(lowering.text, pattern)) writeName(lowering, name, { value: subject, span: pattern });
      lowerBlock(lowering, item.child('consequence'));
    }),
  );
  builder.meet([...ends, new Map()], node);
}
