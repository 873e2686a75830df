import type { Changes } from '../../ir/function-builder.ts';
import type { Primitive, ValueId } from '../../ir/instruction.ts';
import { refineBy } from '../conditions.ts';
import { emit, unknownValue } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { inBlock, type JavaLowering } from './java-lowering.ts';
import { constantOf } from './lower-container.ts';
import { lowerExpression } from './lower-expression.ts';
import { lowerStatement } from './lower-statement.ts';

/** Lowers both forms of `switch`; the answer is what the arms yield. Where the subject is known, only what it can lead to is lowered. */
export function lowerSwitch(lowering: JavaLowering, node: SyntaxNode): ValueId {
  const { builder } = lowering.frame;
  const subject = lowerExpression(lowering, node.child('condition'));
  const groups = (node.child('body')?.children ?? []).filter((child) => child.type.startsWith('switch_'));
  const known = constantOf(lowering, subject);
  const cases: Case[] = groups.map((group) => ({ group, labels: group.children.filter((child) => child.type === 'switch_label') }));
  const start = known === undefined ? undefined : entered(lowering, cases, known);
  const results: ValueId[] = [];
  builder.breakable(
    undefined,
    () => {
      inBlock(lowering, () => {
        if (start === undefined) lowerCases(lowering, { cases, subject, node, results });
        else lowerFrom(lowering, { cases: cases.slice(start), results });
      });
    },
    node,
  );
  return results.length === 0 ? unknownValue(lowering, node) : emit(lowering, { op: 'phi', inputs: results }, node);
}

type Case = { readonly group: SyntaxNode; readonly labels: readonly SyntaxNode[] };

/** The case that a known subject enters; the number of cases when it enters none. Undefined when a label is not known. */
function entered(lowering: JavaLowering, cases: readonly Case[], known: Primitive): number | undefined {
  let otherwise = cases.length;
  for (const [index, { labels }] of cases.entries()) {
    for (const label of labels) {
      if (label.children.length === 0) otherwise = index;
      for (const value of label.children) {
        const constant = constantOf(lowering, lowerExpression(lowering, value));
        if (constant === undefined) return undefined;
        if (constant === known) return index;
      }
    }
  }
  return otherwise;
}

type Entered = { readonly cases: readonly Case[]; readonly results: ValueId[] };

/** Runs from one case on, as far as control falls. */
function lowerFrom(lowering: JavaLowering, { cases, results }: Entered): void {
  for (const { group } of cases) {
    if (!lowering.frame.builder.reachable) return;
    lowerGroup(lowering, group, results);
    if (group.type === 'switch_rule') return;
  }
}

type Open = Entered & { readonly subject: ValueId; readonly node: SyntaxNode };

function lowerCases(lowering: JavaLowering, { cases, subject, node, results }: Open): void {
  const { builder } = lowering.frame;
  let fallingIn: Changes | undefined;
  let enters = false;
  const ruleEnds: (Changes | undefined)[] = [];
  for (const { group, labels } of cases) {
    const fresh = builder.arm(() => {
      const [label] = labels;
      const [value] = label?.children ?? [];
      if (value === undefined || labels.length > 1 || (label?.children.length ?? 0) > 1) return;
      const right = lowerExpression(lowering, value);
      refineBy(lowering, emit(lowering, { op: 'binary', operator: '===', left: subject, right }, value), 'true');
    });
    const end = builder.arm(() => {
      builder.meet(enters ? [fresh, fallingIn] : [fresh], group);
      lowerGroup(lowering, group, results);
    });
    if (group.type === 'switch_rule') ruleEnds.push(end);
    else fallingIn = end;
    enters = group.type !== 'switch_rule' && end !== undefined;
  }
  const hasDefault = cases.some(({ labels }) => labels.some((label) => label.children.length === 0));
  const ends = [...ruleEnds, ...(enters ? [fallingIn] : []), ...(hasDefault ? [] : [new Map()])];
  if (ends.length > 0) builder.meet(ends, node);
  else builder.reachable = false;
}

/** The statements of a case; what an arrow leads to is also what the switch yields. */
function lowerGroup(lowering: JavaLowering, group: SyntaxNode, results: ValueId[]): void {
  const outer = lowering.yielded;
  lowering.yielded = results;
  for (const child of group.children) {
    if (child.type === 'switch_label') continue;
    if (group.type === 'switch_rule' && child.type === 'expression_statement') results.push(lowerExpression(lowering, child.children[0]));
    else lowerStatement(lowering, child);
  }
  lowering.yielded = outer;
}
