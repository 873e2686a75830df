import type { ValueId } from '../../ir/instruction.ts';
import { refineBy, type Test } from '../conditions.ts';
import { deeper, emit } from '../emitter.ts';
import { positionedWithin } from '../positioned-within.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { declareLocal, findLocal, inBlock, textOf, writeName, type GoLowering } from './go-lowering.ts';
import { typeNameOf } from './read-declarations.ts';
import { newObject } from './lower-composite.ts';
import { indexKey, lowerExpression, lowerTest } from './lower-expression.ts';
import { lowerSwitch } from './lower-switch.ts';

type Action = (lowering: GoLowering, node: SyntaxNode) => void;

export function lowerStatement(lowering: GoLowering, node: SyntaxNode | undefined): void {
  const action = node === undefined ? undefined : actions.get(node.type);
  if (node === undefined || action === undefined || !lowering.frame.builder.reachable) return;
  deeper(
    lowering,
    () => undefined,
    () => {
      action(lowering, node);
    },
  );
}

/** Lowers a block or the statements of a case. */
export function lowerBlock(lowering: GoLowering, node: SyntaxNode | undefined): void {
  if (node === undefined) return;
  inBlock(lowering, () => {
    for (const child of node.children) lowerStatement(lowering, child);
  });
}

const plain: Action = (lowering, node) => {
  for (const child of node.children) {
    const value = lowerExpression(lowering, child);
    if (child.type === 'call_expression') refineBy(lowering, value, 'returned');
  }
};

const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['block', lowerBlock],
  [
    'statement_list',
    (lowering, node) => {
      for (const child of node.children) lowerStatement(lowering, child);
    },
  ],
  ['expression_statement', plain],
  ['go_statement', plain],
  ['defer_statement', plain],
  ['short_var_declaration', lowerAssignment],
  ['assignment_statement', lowerAssignment],
  ['inc_statement', plain],
  ['dec_statement', plain],
  ['var_declaration', lowerVariables],
  ['const_declaration', lowerVariables],
  ['if_statement', lowerIf],
  ['for_statement', lowerFor],
  ['expression_switch_statement', lowerSwitch],
  ['type_switch_statement', lowerSwitch],
  ['select_statement', lowerSwitch],
  ['return_statement', lowerReturn],
  [
    'labeled_statement',
    (lowering, node) => {
      lowerStatement(lowering, node.children.at(-1));
    },
  ],
  [
    'break_statement',
    (lowering) => {
      lowering.frame.builder.jump('break', undefined);
    },
  ],
  [
    'continue_statement',
    (lowering) => {
      lowering.frame.builder.jump('continue', undefined);
    },
  ],
]);

/** Lowers `a, b := x, y`, `a, b = f()` and `a += b`. */
function lowerAssignment(lowering: GoLowering, node: SyntaxNode): void {
  const targets = node.child('left')?.children ?? [];
  const given = node.child('right')?.children ?? [];
  const operator = node.child('operator');
  const sign = operator === undefined ? '=' : textOf(lowering, operator);
  const values = given.map((value) => lowerExpression(lowering, value));
  for (const [index, target] of targets.entries()) {
    const value = valueAt(lowering, values, { index, isOne: targets.length === 1, node });
    if (value === undefined) continue;
    const isCompound = sign !== '=' && sign !== ':=' && node.type === 'assignment_statement';
    const next = isCompound ? compound(lowering, { target, value, sign, node }) : value;
    if (node.type === 'short_var_declaration') bind(lowering, target, next);
    else assign(lowering, target, next);
  }
}

type Place = { readonly index: number; readonly isOne: boolean; readonly node: SyntaxNode };

/** The value for one of several targets; of a call that gives several, the first is what the call stands for. */
function valueAt(lowering: GoLowering, values: readonly ValueId[], { index, isOne, node }: Place): ValueId | undefined {
  const [first] = values;
  if (values.length > 1 || isOne || first === undefined) return values[index];
  const part = emit(lowering, { op: 'load', object: first, key: { name: String(index) } }, node);
  return index === 0 ? emit(lowering, { op: 'phi', inputs: [first, part] }, node) : part;
}

type Compound = { readonly target: SyntaxNode; readonly value: ValueId; readonly sign: string; readonly node: SyntaxNode };

function compound(lowering: GoLowering, { target, value, sign, node }: Compound): ValueId {
  const before = lowerExpression(lowering, target);
  if (sign === '+=') return emit(lowering, { op: 'concat', parts: [before, value] }, node);
  return emit(lowering, { op: 'binary', operator: sign.slice(0, -1), left: before, right: value }, node);
}

/** `:=` declares what this block does not have yet. */
function bind(lowering: GoLowering, target: SyntaxNode, value: ValueId): void {
  const name = textOf(lowering, target);
  if (name === '_') return;
  const known = lowering.scope.names.get(name);
  const made = lowering.frame.builder.code[value];
  const type = made?.op === 'declared' ? made.type : undefined;
  lowering.frame.builder.write((known ?? declareLocal(lowering, name, type)).variable, value);
}

function assign(lowering: GoLowering, target: SyntaxNode, value: ValueId): void {
  if (target.type === 'identifier') writeName(lowering, textOf(lowering, target), { value, span: target });
  else if (target.type === 'selector_expression') {
    const field = target.child('field');
    const object = lowerExpression(lowering, target.child('operand'));
    emit(lowering, { op: 'store', object, key: { name: field === undefined ? '' : textOf(lowering, field) }, value }, target);
  } else if (target.type === 'index_expression') {
    const object = lowerExpression(lowering, target.child('operand'));
    emit(lowering, { op: 'store', object, key: indexKey(lowering, target), value }, target);
  }
}

/** Lowers `var a, b T = x, y`; without a value it is an empty one of its type. */
export function lowerVariables(lowering: GoLowering, node: SyntaxNode): void {
  const specs = node.children.flatMap((child) => (child.type === 'var_spec_list' ? child.children : [child]));
  for (const spec of specs) {
    const typeNode = spec.child('type');
    const type = typeNameOf(lowering.text, lowering.imports, typeNode);
    const values = (spec.child('value')?.children ?? []).map((value) => lowerExpression(lowering, value));
    for (const [index, name] of spec.children.filter((child) => child.field === 'name').entries()) {
      const given = values[index] ?? (typeNode === undefined ? undefined : newObject(lowering, typeNode, spec));
      const value = given !== undefined && type !== undefined ? emit(lowering, { op: 'declared', value: given, type }, name) : given;
      const local = declareLocal(lowering, textOf(lowering, name), type);
      if (value !== undefined) lowering.frame.builder.write(local.variable, value);
    }
  }
}

function lowerIf(lowering: GoLowering, node: SyntaxNode): void {
  const { builder } = lowering.frame;
  inBlock(lowering, () => {
    lowerStatement(lowering, node.child('initializer'));
    const test = lowerTest(lowering, node.child('condition'));
    const arms = [true, false].map((outcome) =>
      builder.arm(() => {
        test.assume(outcome);
        lowerStatement(lowering, node.child(outcome ? 'consequence' : 'alternative'));
      }),
    );
    builder.meet(arms, node);
  });
}

function lowerFor(lowering: GoLowering, node: SyntaxNode): void {
  const range = node.ofType('range_clause');
  const clause = node.ofType('for_clause');
  inBlock(lowering, () => {
    lowerStatement(lowering, clause?.child('initializer'));
    const of = range === undefined ? undefined : lowerExpression(lowering, range.child('right'));
    const condition =
      clause === undefined ? node.children.find((child) => child.field !== 'body' && child !== range) : clause.child('condition');
    let test: Test | undefined;
    const body = (): void => {
      if (range !== undefined && of !== undefined) bindRange(lowering, range, of);
      else if (condition !== undefined) {
        test = lowerTest(lowering, condition);
        test.assume(true);
      }
      lowerStatement(lowering, node.child('body'));
    };
    const onRepeat = (): void => {
      lowerStatement(lowering, clause?.child('update'));
    };
    const leave = (): void => test?.assume(false);
    lowering.frame.builder.loop({ assigned: assignedIn(lowering, node), label: undefined, body, onRepeat, leave }, node);
  });
}

/** `for k, v := range x`. */
function bindRange(lowering: GoLowering, range: SyntaxNode, of: ValueId): void {
  const [key, value] = range.child('left')?.children ?? [];
  if (key !== undefined) bind(lowering, key, emit(lowering, { op: 'keys', of }, range));
  if (value !== undefined) bind(lowering, value, emit(lowering, { op: 'element', of }, range));
}

/** Variables of the function in hand that are assigned somewhere in `node`. */
function assignedIn(lowering: GoLowering, node: SyntaxNode): readonly number[] {
  const variables = new Set<number>();
  for (const { name } of positionedWithin(lowering.frame.assignments, node)) {
    const local = findLocal(lowering, name);
    if (local?.frame === lowering.frame) variables.add(local.variable);
  }
  return [...variables];
}

function lowerReturn(lowering: GoLowering, node: SyntaxNode): void {
  const values = (node.children[0]?.children ?? []).map((value) => lowerExpression(lowering, value));
  const [only] = values;
  if (only !== undefined) {
    const elements = values.map((value) => ({ value, spread: false }));
    const value = values.length === 1 ? only : emit(lowering, { op: 'array', elements, isTuple: true }, node);
    emit(lowering, { op: 'return', value }, node);
  }
  lowering.frame.builder.leave();
}
