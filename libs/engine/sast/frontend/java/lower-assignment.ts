import type { ValueId } from '../../ir/instruction.ts';
import { foldBinary } from '../../ir/fold.ts';
import { emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { constantValue, findLocal, textOf, type JavaLowering } from './java-lowering.ts';
import { concatenated, constantOf } from './lower-container.ts';
import { lowerExpression } from './lower-expression.ts';
import { unwrapped } from './unwrapped.ts';
import { storeName } from './lower-name.ts';

export function lowerAssignment(lowering: JavaLowering, node: SyntaxNode): ValueId {
  const left = node.child('left');
  const operator = node.child('operator');
  const sign = operator === undefined ? '=' : textOf(lowering, operator);
  const right = lowerExpression(lowering, node.child('right'));
  if (left === undefined) return right;
  const value = sign === '=' ? typed(lowering, left, right) : compound(lowering, { node, left, right, operator: sign.slice(0, -1) });
  store(lowering, left, value);
  return value;
}

/** Lowers `x++` and its like. */
export function lowerUpdate(lowering: JavaLowering, node: SyntaxNode): ValueId {
  const operand = node.children.find((child) => child.type !== 'operator');
  const before = lowerExpression(lowering, operand);
  const written = textOf(lowering, node);
  const constant = constantOf(lowering, before);
  const isIncrement = written.includes('++');
  const after =
    typeof constant === 'number'
      ? constantValue(lowering, constant + (isIncrement ? 1 : -1), node)
      : emit(lowering, { op: 'unary', operator: isIncrement ? '++' : '--', operand: before }, node);
  if (operand !== undefined) store(lowering, operand, after);
  return /^[+-]/u.test(written) ? after : before;
}

/** Stores to a name, a field or an element of an array. */
export function store(lowering: JavaLowering, node: SyntaxNode, value: ValueId): void {
  const target = unwrapped(node);
  if (target.type === 'identifier') storeName(lowering, textOf(lowering, target), { value, span: target });
  else if (target.type === 'field_access') {
    const field = target.child('field');
    const object = lowerExpression(lowering, target.child('object'));
    emit(lowering, { op: 'store', object, key: { name: field === undefined ? '' : textOf(lowering, field) }, value }, target);
  } else if (target.type === 'array_access') {
    const object = lowerExpression(lowering, target.child('array'));
    const index = constantOf(lowering, lowerExpression(lowering, target.child('index')));
    emit(lowering, { op: 'store', object, key: typeof index === 'number' ? { name: String(index) } : { any: true }, value }, target);
  }
}

/** What a local is declared as holds for everything that it is given. */
function typed(lowering: JavaLowering, left: SyntaxNode, value: ValueId): ValueId {
  const type = left.type === 'identifier' ? findLocal(lowering, textOf(lowering, left))?.type : undefined;
  if (type === undefined || constantOf(lowering, value) !== undefined) return value;
  return emit(lowering, { op: 'declared', value, type }, left);
}

type Compound = { readonly node: SyntaxNode; readonly left: SyntaxNode; readonly right: ValueId; readonly operator: string };

function compound(lowering: JavaLowering, { node, left, right, operator }: Compound): ValueId {
  const before = lowerExpression(lowering, left);
  const [first, second] = [constantOf(lowering, before), constantOf(lowering, right)];
  const value = first === undefined || second === undefined ? undefined : foldBinary(operator, first, second);
  if (typeof value === 'number') return constantValue(lowering, value, node);
  if (operator === '+') return concatenated(lowering, [before, right], node);
  return emit(lowering, { op: 'binary', operator, left: before, right }, node);
}
