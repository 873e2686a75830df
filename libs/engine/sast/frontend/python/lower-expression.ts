import type { Key, ValueId } from '../../ir/instruction.ts';
import { foldBinary } from '../../ir/fold.ts';
import { connected, negated, tested, type Test } from '../conditions.ts';
import { deeper, emit, unknownValue } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { lowerAssignment } from './lower-assignment.ts';
import { lowerCall } from './lower-call.ts';
import { lowerComprehension } from './lower-comprehension.ts';
import { lowerLambda } from './lower-function.ts';
import { lowerString, lowerStrings } from './lower-string.ts';
import { noValue, readName, textOf, writeName, type PythonLowering } from './python-lowering.ts';

type Visitor = (lowering: PythonLowering, node: SyntaxNode) => ValueId;

/** Lowers an expression and gives its value. What is not understood is a value of which nothing is known. */
export function lowerExpression(lowering: PythonLowering, node: SyntaxNode | undefined): ValueId {
  const visitor = node === undefined ? undefined : visitors.get(node.type);
  if (node === undefined || visitor === undefined) return noValue(lowering);
  return deeper(
    lowering,
    () => unknownValue(lowering, node),
    () => visitor(lowering, node),
  );
}

/** Lowers an expression as a condition. */
export function lowerTest(lowering: PythonLowering, node: SyntaxNode | undefined): Test {
  if (node === undefined) return tested(lowering, noValue(lowering));
  return deeper(
    lowering,
    () => tested(lowering, unknownValue(lowering, node)),
    () => lowerTestHere(lowering, node),
  );
}

function lowerTestHere(lowering: PythonLowering, node: SyntaxNode): Test {
  if (node.type === 'parenthesized_expression') return lowerTest(lowering, node.children[0]);
  if (node.type === 'not_operator') return negated(lowering, lowerTest(lowering, node.child('argument')), node);
  if (node.type === 'boolean_operator') {
    const operator = node.child('operator');
    const left = lowerTest(lowering, node.child('left'));
    const right = (): Test => lowerTest(lowering, node.child('right'));
    return connected(lowering, operator !== undefined && textOf(lowering, operator) === 'and', { left, right, span: node });
  }
  if (node.type === 'comparison_operator') return lowerComparison(lowering, node);
  return tested(lowering, lowerExpression(lowering, node));
}

/** `x not in y` is `x in y` that went the other way. */
function lowerComparison(lowering: PythonLowering, node: SyntaxNode): Test {
  const operator = node.children.find((child) => child.field === 'operators');
  const [first, second] = node.children.filter((child) => child.field !== 'operators');
  const sign = operator === undefined ? '' : textOf(lowering, operator).replaceAll(/\s+/gu, ' ');
  const left = lowerExpression(lowering, first);
  const right = lowerExpression(lowering, second);
  const value = emit(
    lowering,
    membershipOf(sign, left, right) ?? { op: 'binary', operator: operators.get(sign) ?? sign, left, right },
    node,
  );
  return sign === 'not in' ? negated(lowering, tested(lowering, value), node) : tested(lowering, value);
}

const operators: ReadonlyMap<string, string> = new Map([
  ['is', '==='],
  ['is not', '!=='],
]);

/** `x in y` asks the collection, as `y.includes(x)` does. */
function membershipOf(sign: string, left: ValueId, right: ValueId): Parameters<typeof emit>[1] | undefined {
  if (sign !== 'in' && sign !== 'not in') return undefined;
  return {
    op: 'call',
    form: 'call',
    callee: right,
    receiver: right,
    arguments: [{ value: left, spread: false }],
    spelling: ['', 'contains'],
  };
}

const visitors: ReadonlyMap<string, Visitor> = new Map<string, Visitor>([
  ['identifier', (lowering, node) => readName(lowering, textOf(lowering, node), node)],
  ['string', lowerString],
  ['concatenated_string', lowerStrings],
  ['integer', (lowering, node) => emit(lowering, { op: 'constant', value: numberOf(textOf(lowering, node)) }, node)],
  ['float', (lowering, node) => emit(lowering, { op: 'constant', value: numberOf(textOf(lowering, node)) }, node)],
  ['true', (lowering, node) => emit(lowering, { op: 'constant', value: true }, node)],
  ['false', (lowering, node) => emit(lowering, { op: 'constant', value: false }, node)],
  ['none', (lowering, node) => emit(lowering, { op: 'constant', value: null }, node)],
  ['attribute', lowerAttribute],
  ['subscript', lowerSubscript],
  ['call', lowerCall],
  ['binary_operator', lowerBinary],
  [
    'unary_operator',
    (lowering, node) => emit(lowering, { op: 'unary', operator: '-', operand: lowerExpression(lowering, node.child('argument')) }, node),
  ],
  ['not_operator', (lowering, node) => lowerTest(lowering, node).value],
  ['boolean_operator', lowerBoolean],
  ['comparison_operator', (lowering, node) => lowerTest(lowering, node).value],
  ['conditional_expression', lowerConditional],
  ['named_expression', lowerNamed],
  ['parenthesized_expression', (lowering, node) => lowerExpression(lowering, node.children[0])],
  ['await', (lowering, node) => emit(lowering, { op: 'await', value: lowerExpression(lowering, node.children[0]) }, node)],
  ['yield', (lowering, node) => emit(lowering, { op: 'yield', value: lowerExpression(lowering, node.children[0]) }, node)],
  ['list', lowerSequence],
  ['tuple', lowerSequence],
  ['set', lowerSequence],
  ['expression_list', lowerSequence],
  ['dictionary', lowerDictionary],
  ['list_comprehension', lowerComprehension],
  ['set_comprehension', lowerComprehension],
  ['generator_expression', lowerComprehension],
  ['dictionary_comprehension', lowerComprehension],
  ['lambda', lowerLambda],
  ['assignment', lowerAssignment],
  ['augmented_assignment', lowerAssignment],
  ['as_pattern', (lowering, node) => lowerExpression(lowering, node.children[0])],
]);

function numberOf(text: string): number {
  return Number(text.replaceAll('_', '').replace(/[jl]$/iu, ''));
}

/** `a.b`: a member, or a module by its dotted name. */
function lowerAttribute(lowering: PythonLowering, node: SyntaxNode): ValueId {
  const dotted = textOf(lowering, node);
  if (lowering.modules.has(dotted)) return emit(lowering, { op: 'import', specifier: `py:${dotted}`, name: '*' }, node);
  const name = node.child('attribute');
  const object = lowerExpression(lowering, node.child('object'));
  return emit(lowering, { op: 'load', object, key: { name: name === undefined ? '' : textOf(lowering, name) } }, node);
}

/** The key of `a[b]`; of a slice every element. */
export function subscriptKey(lowering: PythonLowering, node: SyntaxNode): Key {
  const index = node.child('subscript');
  if (index === undefined || index.type === 'slice') return { any: true };
  const value = lowerExpression(lowering, index);
  const made = lowering.frame.builder.code[value];
  return made?.op === 'constant' ? { name: String(made.value) } : { computed: value };
}

function lowerSubscript(lowering: PythonLowering, node: SyntaxNode): ValueId {
  const object = lowerExpression(lowering, node.child('value'));
  if (node.child('subscript')?.type === 'slice') return object;
  return emit(lowering, { op: 'load', object, key: subscriptKey(lowering, node) }, node);
}

/** `%` on a text fills it; a chain of `+` is one concatenation, however long, so that it costs no depth. */
function lowerBinary(lowering: PythonLowering, node: SyntaxNode): ValueId {
  const operator = node.child('operator');
  const sign = operator === undefined ? '' : textOf(lowering, operator);
  if (sign === '+') return lowerSum(lowering, node);
  const left = lowerExpression(lowering, node.child('left'));
  const right = lowerExpression(lowering, node.child('right'));
  const { code } = lowering.frame.builder;
  const [first, second] = [code[left], code[right]];
  if (sign === '%' && (first?.op !== 'constant' || typeof first.value === 'string')) return lowerFill(lowering, { left, right, node });
  if (first?.op === 'constant' && second?.op === 'constant') {
    const value = foldBinary(sign, first.value, second.value);
    if (value !== undefined) return emit(lowering, { op: 'constant', value }, node);
  }
  return emit(lowering, { op: 'binary', operator: sign, left, right }, node);
}

/** `'a %s' % (b, c)`: the text up to the first hole stands before what fills it. */
function lowerFill(
  lowering: PythonLowering,
  { left, right, node }: { readonly left: ValueId; readonly right: ValueId; readonly node: SyntaxNode },
): ValueId {
  const { code } = lowering.frame.builder;
  const [template, values] = [code[left], code[right]];
  const filling = values?.op === 'array' ? values.elements.map(({ value }) => value) : [right];
  const texts =
    template?.op === 'constant' && typeof template.value === 'string'
      ? template.value.split(/%(?:\(\w+\))?[-+#0-9.]*[a-zA-Z]/u)
      : undefined;
  if (texts === undefined) return emit(lowering, { op: 'concat', parts: [left, ...filling] }, node);
  const parts = texts.flatMap((text, index) => {
    const value = filling[Math.min(index, filling.length - 1)];
    const constant = emit(lowering, { op: 'constant', value: text }, node);
    return index < texts.length - 1 && value !== undefined ? [constant, value] : [constant];
  });
  return emit(lowering, { op: 'concat', parts }, node);
}

function lowerSum(lowering: PythonLowering, node: SyntaxNode): ValueId {
  const operands: SyntaxNode[] = [];
  let at: SyntaxNode | undefined = node;
  for (; at?.type === 'binary_operator'; at = at.child('left')) {
    const operator = at.child('operator');
    const right = at.child('right');
    if (operator === undefined || textOf(lowering, operator) !== '+') break;
    if (right !== undefined) operands.push(right);
  }
  if (at !== undefined) operands.push(at);
  const parts = operands.reverse().map((operand) => lowerExpression(lowering, operand));
  return emit(lowering, { op: 'concat', parts }, node);
}

/** `a or b` is either; what the left side tells holds on the right. */
function lowerBoolean(lowering: PythonLowering, node: SyntaxNode): ValueId {
  return lowerTest(lowering, node).value;
}

function lowerConditional(lowering: PythonLowering, node: SyntaxNode): ValueId {
  const { builder } = lowering.frame;
  const [consequence, condition, alternative] = node.children;
  const test = lowerTest(lowering, condition);
  const inputs: ValueId[] = [];
  const arms = [true, false].map((outcome) =>
    builder.arm(() => {
      test.assume(outcome);
      inputs.push(lowerExpression(lowering, outcome ? consequence : alternative));
    }),
  );
  builder.meet(arms, node);
  return emit(lowering, { op: 'phi', inputs }, node);
}

function lowerNamed(lowering: PythonLowering, node: SyntaxNode): ValueId {
  const value = lowerExpression(lowering, node.child('value'));
  const name = node.child('name');
  if (name !== undefined) writeName(lowering, textOf(lowering, name), { value, span: node });
  return value;
}

function lowerSequence(lowering: PythonLowering, node: SyntaxNode): ValueId {
  const elements = node.children.map((child) => {
    const spread = child.type === 'list_splat';
    return { value: lowerExpression(lowering, spread ? child.children[0] : child), spread };
  });
  return emit(lowering, { op: 'array', elements }, node);
}

function lowerDictionary(lowering: PythonLowering, node: SyntaxNode): ValueId {
  const object = emit(lowering, { op: 'object' }, node);
  for (const child of node.children) {
    if (child.type === 'dictionary_splat') {
      emit(lowering, { op: 'spread', target: object, source: lowerExpression(lowering, child.children[0]), except: [] }, child);
      continue;
    }
    if (child.type !== 'pair') continue;
    const key = lowerExpression(lowering, child.child('key'));
    const made = lowering.frame.builder.code[key];
    const value = lowerExpression(lowering, child.child('value'));
    emit(lowering, { op: 'store', object, key: made?.op === 'constant' ? { name: String(made.value) } : { computed: key }, value }, child);
  }
  return object;
}
