import type { Key, ValueId } from '../../ir/instruction.ts';
import { foldBinary } from '../../ir/fold.ts';
import { connected, negated, tested, type Test } from '../conditions.ts';
import { deeper, emit, unknownValue } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { findLocal, readName, textOf, type GoLowering } from './go-lowering.ts';
import { typeNameOf } from './read-declarations.ts';
import { lowerCall } from './lower-call.ts';
import { lowerLiteral } from './lower-composite.ts';
import { lowerFunctionLiteral } from './lower-function.ts';

type Visitor = (lowering: GoLowering, node: SyntaxNode) => ValueId;

/** Lowers an expression and gives its value. What is not understood is a value of which nothing is known. */
export function lowerExpression(lowering: GoLowering, node: SyntaxNode | undefined): ValueId {
  const visitor = node === undefined ? undefined : visitors.get(node.type);
  if (node === undefined || visitor === undefined) return unknownValue(lowering, lowering.frame.builder.head.span);
  return deeper(
    lowering,
    () => unknownValue(lowering, node),
    () => visitor(lowering, node),
  );
}

/** Lowers an expression as a condition. */
export function lowerTest(lowering: GoLowering, node: SyntaxNode | undefined): Test {
  if (node === undefined) return tested(lowering, lowerExpression(lowering, node));
  return deeper(
    lowering,
    () => tested(lowering, unknownValue(lowering, node)),
    () => lowerTestHere(lowering, node),
  );
}

function lowerTestHere(lowering: GoLowering, node: SyntaxNode): Test {
  if (node.type === 'parenthesized_expression') return lowerTest(lowering, node.children[0]);
  const sign = operatorOf(lowering, node);
  if (node.type === 'unary_expression' && sign === '!') return negated(lowering, lowerTest(lowering, node.child('operand')), node);
  if (node.type !== 'binary_expression' || (sign !== '&&' && sign !== '||')) return tested(lowering, lowerExpression(lowering, node));
  const left = lowerTest(lowering, node.child('left'));
  return connected(lowering, sign === '&&', { left, right: () => lowerTest(lowering, node.child('right')), span: node });
}

const constant: Visitor = (lowering, node) => {
  const text = textOf(lowering, node);
  const value =
    node.type === 'true' || node.type === 'false' ? node.type === 'true' : node.type === 'nil' ? null : Number(text.replaceAll('_', ''));
  return emit(lowering, { op: 'constant', value }, node);
};

const visitors: ReadonlyMap<string, Visitor> = new Map<string, Visitor>([
  ['identifier', (lowering, node) => readName(lowering, textOf(lowering, node), node)],
  [
    'interpreted_string_literal',
    (lowering, node) => emit(lowering, { op: 'constant', value: unescaped(textOf(lowering, node).slice(1, -1)) }, node),
  ],
  ['raw_string_literal', (lowering, node) => emit(lowering, { op: 'constant', value: textOf(lowering, node).slice(1, -1) }, node)],
  ['rune_literal', (lowering, node) => emit(lowering, { op: 'constant', value: textOf(lowering, node).slice(1, -1) }, node)],
  ['int_literal', constant],
  ['float_literal', constant],
  ['true', constant],
  ['false', constant],
  ['nil', constant],
  ['selector_expression', lowerSelector],
  [
    'index_expression',
    (lowering, node) =>
      emit(lowering, { op: 'load', object: lowerExpression(lowering, node.child('operand')), key: indexKey(lowering, node) }, node),
  ],
  ['slice_expression', (lowering, node) => lowerExpression(lowering, node.child('operand'))],
  ['type_assertion_expression', lowerAssertion],
  ['type_conversion_expression', (lowering, node) => lowerExpression(lowering, node.child('operand'))],
  ['parenthesized_expression', (lowering, node) => lowerExpression(lowering, node.children[0])],
  ['call_expression', lowerCall],
  ['composite_literal', lowerLiteral],
  ['func_literal', lowerFunctionLiteral],
  ['unary_expression', lowerUnary],
  ['binary_expression', lowerBinary],
]);

function operatorOf(lowering: GoLowering, node: SyntaxNode): string {
  const operator = node.child('operator');
  return operator === undefined ? '' : textOf(lowering, operator);
}

/** The key of `a[b]`. */
export function indexKey(lowering: GoLowering, node: SyntaxNode): Key {
  const value = lowerExpression(lowering, node.child('index'));
  const made = lowering.frame.builder.code[value];
  return made?.op === 'constant' ? { name: String(made.value) } : { computed: value };
}

/** `pkg.Name` or a member; a field of a struct of this file is what it is declared as. */
function lowerSelector(lowering: GoLowering, node: SyntaxNode): ValueId {
  const operand = node.child('operand');
  const field = node.child('field');
  const name = field === undefined ? '' : textOf(lowering, field);
  const imported = importOf(lowering, operand);
  if (imported !== undefined) return emit(lowering, { op: 'import', specifier: `go:${imported}`, name }, node);
  const value = emit(lowering, { op: 'load', object: lowerExpression(lowering, operand), key: { name } }, node);
  const holder = operand?.type === 'identifier' ? findLocal(lowering, textOf(lowering, operand))?.type?.name : undefined;
  const type = holder === undefined ? undefined : lowering.fields.get(holder.replace('go:.#', ''))?.get(name);
  return type === undefined ? value : emit(lowering, { op: 'declared', value, type }, node);
}

/** The package that a name stands for. */
export function importOf(lowering: GoLowering, node: SyntaxNode | undefined): string | undefined {
  if (node?.type !== 'identifier') return undefined;
  const name = textOf(lowering, node);
  return findLocal(lowering, name) === undefined ? lowering.imports.get(name) : undefined;
}

function lowerAssertion(lowering: GoLowering, node: SyntaxNode): ValueId {
  const value = lowerExpression(lowering, node.child('operand'));
  const type = typeNameOf(lowering.text, lowering.imports, node.child('type'));
  return type === undefined ? value : emit(lowering, { op: 'declared', value, type }, node);
}

function lowerUnary(lowering: GoLowering, node: SyntaxNode): ValueId {
  const sign = operatorOf(lowering, node);
  if (sign === '!') return lowerTest(lowering, node).value;
  const operand = lowerExpression(lowering, node.child('operand'));
  if (sign === '&' || sign === '*' || sign === '<-') return operand;
  return emit(lowering, { op: 'unary', operator: sign, operand }, node);
}

function lowerBinary(lowering: GoLowering, node: SyntaxNode): ValueId {
  const sign = operatorOf(lowering, node);
  if (sign === '&&' || sign === '||') return lowerTest(lowering, node).value;
  if (sign === '+') return lowerSum(lowering, node);
  const left = lowerExpression(lowering, node.child('left'));
  const right = lowerExpression(lowering, node.child('right'));
  const { code } = lowering.frame.builder;
  const [first, second] = [code[left], code[right]];
  const value = first?.op === 'constant' && second?.op === 'constant' ? foldBinary(sign, first.value, second.value) : undefined;
  if (value !== undefined) return emit(lowering, { op: 'constant', value }, node);
  return emit(lowering, { op: 'binary', operator: sign, left, right }, node);
}

/** A chain of `+` is one concatenation, however long, so that it costs no depth. */
function lowerSum(lowering: GoLowering, node: SyntaxNode): ValueId {
  const operands: SyntaxNode[] = [];
  let at: SyntaxNode | undefined = node;
  for (; at?.type === 'binary_expression' && operatorOf(lowering, at) === '+'; at = at.child('left')) {
    const right: SyntaxNode | undefined = at.child('right');
    if (right !== undefined) operands.push(right);
  }
  if (at !== undefined) operands.push(at);
  return emit(lowering, { op: 'concat', parts: operands.reverse().map((operand) => lowerExpression(lowering, operand)) }, node);
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
]);

function unescaped(text: string): string {
  return text.includes('\\') ? text.replaceAll(/\\([\s\S])/gu, (_whole, escape: string) => escapes.get(escape) ?? escape) : text;
}
