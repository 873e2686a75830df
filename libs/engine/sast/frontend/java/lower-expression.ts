import type { ValueId } from '../../ir/instruction.ts';
import { foldBinary } from '../../ir/fold.ts';
import { connected, negated, tested, type Test } from '../conditions.ts';
import { deeper, emit, unknownValue } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { typeNameOf } from './file-names.ts';
import { constantValue, declareLocal, textOf, type JavaLowering } from './java-lowering.ts';
import { lowerAssignment, lowerUpdate } from './lower-assignment.ts';
import { lowerCall, lowerNew } from './lower-call.ts';
import { concatenated, constantOf } from './lower-container.ts';
import { literalTypes, literalValue } from './lower-literal.ts';
import { lowerLambda, lowerMethodReference } from './lower-lambda.ts';
import { lowerArrayAccess, lowerFieldAccess, lowerName, readThis } from './lower-name.ts';
import { lowerSwitch } from './lower-switch.ts';

type Visitor = (lowering: JavaLowering, node: SyntaxNode) => ValueId;

/** Lowers an expression and gives its value. What is not understood is a value of which nothing is known. */
export function lowerExpression(lowering: JavaLowering, node: SyntaxNode | undefined): ValueId {
  if (node === undefined) return unknownValue(lowering, lowering.frame.builder.head.span);
  if (literalTypes.has(node.type)) return lowerLiteral(lowering, node);
  const visitor = visitors.get(node.type);
  if (visitor === undefined) return unknownValue(lowering, node);
  return deeper(
    lowering,
    () => unknownValue(lowering, node),
    () => visitor(lowering, node),
  );
}

/** Lowers an expression as a condition. */
export function lowerTest(lowering: JavaLowering, node: SyntaxNode | undefined): Test {
  if (node === undefined) return tested(lowering, lowerExpression(lowering, node));
  if (node.type === 'parenthesized_expression')
    return deeper(
      lowering,
      () => tested(lowering, unknownValue(lowering, node)),
      () => lowerTest(lowering, node.children[0]),
    );
  const operator = node.child('operator');
  const sign = operator === undefined ? '' : textOf(lowering, operator);
  if (node.type === 'unary_expression' && sign === '!') {
    const inner = lowerTest(lowering, node.child('operand'));
    const constant = constantOf(lowering, inner.value);
    if (typeof constant === 'boolean') return tested(lowering, constantValue(lowering, !constant, node));
    return negated(lowering, inner, node);
  }
  if (node.type === 'binary_expression' && (sign === '&&' || sign === '||'))
    return deeper(
      lowering,
      () => tested(lowering, unknownValue(lowering, node)),
      () => lowerConnective(lowering, node, sign === '&&'),
    );
  return tested(lowering, lowerExpression(lowering, node));
}

/** The truth that a condition is known to have. */
export function knownTruth(lowering: JavaLowering, test: Test): boolean | undefined {
  const constant = constantOf(lowering, test.value);
  return typeof constant === 'boolean' ? constant : undefined;
}

function lowerConnective(lowering: JavaLowering, node: SyntaxNode, isAnd: boolean): Test {
  const left = lowerTest(lowering, node.child('left'));
  const right = (): Test => lowerTest(lowering, node.child('right'));
  const known = knownTruth(lowering, left);
  if (known === undefined) return connected(lowering, isAnd, { left, right, span: node });
  return known === isAnd ? right() : left;
}

const visitors: ReadonlyMap<string, Visitor> = new Map<string, Visitor>([
  ['identifier', (lowering, node) => lowerName(lowering, textOf(lowering, node), node)],
  ['this', readThis],
  ['parenthesized_expression', (lowering, node) => lowerExpression(lowering, node.children[0])],
  ['field_access', lowerFieldAccess],
  ['array_access', lowerArrayAccess],
  ['method_invocation', lowerCall],
  ['object_creation_expression', lowerNew],
  ['assignment_expression', lowerAssignment],
  ['update_expression', lowerUpdate],
  ['binary_expression', lowerBinary],
  ['unary_expression', lowerUnary],
  ['ternary_expression', lowerTernary],
  ['cast_expression', lowerCast],
  ['instanceof_expression', lowerInstanceOf],
  ['lambda_expression', lowerLambda],
  ['method_reference', lowerMethodReference],
  ['array_creation_expression', lowerNewArray],
  ['array_initializer', lowerArray],
  ['switch_expression', lowerSwitch],
]);

function lowerLiteral(lowering: JavaLowering, node: SyntaxNode): ValueId {
  const value = literalValue(node, textOf(lowering, node));
  return value === undefined ? unknownValue(lowering, node) : constantValue(lowering, value, node);
}

/** A chain of `+` is one concatenation, however long, so that it costs no depth. */
function lowerBinary(lowering: JavaLowering, node: SyntaxNode): ValueId {
  const sign = operatorOf(lowering, node);
  if (sign === '&&' || sign === '||') return lowerTest(lowering, node).value;
  if (sign !== '+') {
    const left = lowerExpression(lowering, node.child('left'));
    const right = lowerExpression(lowering, node.child('right'));
    return folded(lowering, sign, { left, right, node }) ?? emit(lowering, { op: 'binary', operator: sign, left, right }, node);
  }
  const operands: SyntaxNode[] = [];
  let at: SyntaxNode | undefined = node;
  while (at?.type === 'binary_expression' && operatorOf(lowering, at) === '+') {
    const right: SyntaxNode | undefined = at.child('right');
    if (right !== undefined) operands.push(right);
    at = at.child('left');
  }
  if (at !== undefined) operands.push(at);
  return added(
    lowering,
    operands.reverse().map((operand) => lowerExpression(lowering, operand)),
    node,
  );
}

/** Numbers are added up to the first text; from there on it is one text. */
function added(lowering: JavaLowering, parts: readonly ValueId[], node: SyntaxNode): ValueId {
  const [first, second, ...rest] = parts;
  if (first === undefined || second === undefined) return first ?? unknownValue(lowering, node);
  const sum = folded(lowering, '+', { left: first, right: second, node });
  return sum === undefined ? concatenated(lowering, parts, node) : added(lowering, [sum, ...rest], node);
}

type Operands = { readonly left: ValueId; readonly right: ValueId; readonly node: SyntaxNode };

function folded(lowering: JavaLowering, operator: string, { left, right, node }: Operands): ValueId | undefined {
  const [first, second] = [constantOf(lowering, left), constantOf(lowering, right)];
  if (first === undefined || second === undefined) return undefined;
  const value = foldBinary(operator, first, second);
  return typeof value === 'number' || typeof value === 'boolean' ? constantValue(lowering, value, node) : undefined;
}

function operatorOf(lowering: JavaLowering, node: SyntaxNode): string {
  const operator = node.child('operator');
  return operator === undefined ? '' : textOf(lowering, operator);
}

function lowerUnary(lowering: JavaLowering, node: SyntaxNode): ValueId {
  const operator = operatorOf(lowering, node);
  if (operator === '!') return lowerTest(lowering, node).value;
  const operand = lowerExpression(lowering, node.child('operand'));
  const constant = constantOf(lowering, operand);
  if (operator === '-' && typeof constant === 'number') return constantValue(lowering, -constant, node);
  return emit(lowering, { op: 'unary', operator, operand }, node);
}

/** Lowers only the arm that can be reached, where the condition is known. */
function lowerTernary(lowering: JavaLowering, node: SyntaxNode): ValueId {
  const { builder } = lowering.frame;
  const test = lowerTest(lowering, node.child('condition'));
  const truth = knownTruth(lowering, test);
  if (truth !== undefined) return lowerExpression(lowering, node.child(truth ? 'consequence' : 'alternative'));
  const inputs: ValueId[] = [];
  const arms = [true, false].map((outcome) =>
    builder.arm(() => {
      test.assume(outcome);
      inputs.push(lowerExpression(lowering, node.child(outcome ? 'consequence' : 'alternative')));
    }),
  );
  builder.meet(arms, node);
  return emit(lowering, { op: 'phi', inputs }, node);
}

function lowerCast(lowering: JavaLowering, node: SyntaxNode): ValueId {
  const value = lowerExpression(lowering, node.child('value'));
  const type = typeNameOf(lowering.text, lowering.names, node.child('type'));
  return type === undefined || constantOf(lowering, value) !== undefined ? value : emit(lowering, { op: 'declared', value, type }, node);
}

/** `x instanceof Name y` declares `y`. */
function lowerInstanceOf(lowering: JavaLowering, node: SyntaxNode): ValueId {
  const value = lowerExpression(lowering, node.child('left'));
  const name = node.child('name');
  if (name !== undefined) {
    const type = typeNameOf(lowering.text, lowering.names, node.child('right'));
    const local = declareLocal(lowering, textOf(lowering, name), { type });
    lowering.frame.builder.write(local.variable, type === undefined ? value : emit(lowering, { op: 'declared', value, type }, name));
  }
  return unknownValue(lowering, node);
}

function lowerNewArray(lowering: JavaLowering, node: SyntaxNode): ValueId {
  const value = node.child('value');
  return value === undefined ? emit(lowering, { op: 'array', elements: [] }, node) : lowerExpression(lowering, value);
}

function lowerArray(lowering: JavaLowering, node: SyntaxNode): ValueId {
  const elements = node.children.map((child) => ({ value: lowerExpression(lowering, child), spread: false }));
  return emit(lowering, { op: 'array', elements }, node);
}
