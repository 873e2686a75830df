import type { Expression, Node } from 'oxc-parser';
import type { Argument, ValueId } from '../../ir/instruction.ts';
import { visitorsByType, type NodeOf } from './node-of.ts';
import { deeper, emit, unknownValue } from '../emitter.ts';
import type { Lowering } from './lowering.ts';
import { lowerCall, lowerNew, lowerTagged } from './lower-call.ts';
import { lowerClass } from './lower-class.ts';
import { lowerElement, lowerFragment } from './lower-markup.ts';
import { lowerFunction } from './lower-function.ts';
import { lowerKey, lowerMember, storeMember } from './lower-member.ts';
import { readName, readReceiver, writeName } from './lower-name.ts';
import { lowerPattern } from './lower-pattern.ts';
import { lowerTest } from './lower-test.ts';

/** Lowers an expression and gives its value. What is not understood is a value of which nothing is known. */
export function lowerExpression(lowering: Lowering, node: Node): ValueId {
  const visitor = expressions.get(node.type);
  if (visitor === undefined) return unknownValue(lowering, node);
  return deeper(
    lowering,
    () => unknownValue(lowering, node),
    () => visitor(lowering, node),
  );
}

/** Lowers an expression that is given a name, so that a function in it can be called by that name in reports. */
export function lowerNamed(lowering: Lowering, node: Node, name: string): ValueId {
  if (node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression') return lowerFunction(lowering, node, { name });
  return lowerExpression(lowering, node);
}

function inner(lowering: Lowering, node: { readonly expression: Expression }): ValueId {
  return lowerExpression(lowering, node.expression);
}

const expressions = visitorsByType<Lowering, ValueId>({
  Literal: lowerLiteral,
  Identifier: (lowering, node) => readName(lowering, node.name, node),
  ThisExpression: (lowering, node) => readReceiver(lowering, node),
  TemplateLiteral: lowerTemplate,
  TaggedTemplateExpression: lowerTagged,
  MemberExpression: lowerMember,
  CallExpression: lowerCall,
  NewExpression: lowerNew,
  ChainExpression: inner,
  ParenthesizedExpression: inner,
  TSAsExpression: inner,
  TSSatisfiesExpression: inner,
  TSNonNullExpression: inner,
  TSTypeAssertion: inner,
  TSInstantiationExpression: inner,
  ObjectExpression: lowerObject,
  ArrayExpression: lowerArray,
  FunctionExpression: (lowering, node) => lowerFunction(lowering, node, { name: '' }),
  ArrowFunctionExpression: (lowering, node) => lowerFunction(lowering, node, { name: '' }),
  ClassExpression: lowerClass,
  AssignmentExpression: lowerAssignment,
  BinaryExpression: lowerBinary,
  LogicalExpression: lowerLogical,
  ConditionalExpression: lowerConditional,
  UnaryExpression: (lowering, node) =>
    emit(lowering, { op: 'unary', operator: node.operator, operand: lowerExpression(lowering, node.argument) }, node),
  UpdateExpression: lowerUpdate,
  AwaitExpression: (lowering, node) => emit(lowering, { op: 'await', value: lowerExpression(lowering, node.argument) }, node),
  YieldExpression: (lowering, node) => {
    if (node.argument === null) return unknownValue(lowering, node);
    return emit(lowering, { op: 'yield', value: lowerExpression(lowering, node.argument) }, node);
  },
  SequenceExpression: (lowering, node) => {
    let last = -1;
    for (const expression of node.expressions) last = lowerExpression(lowering, expression);
    return last;
  },
  ImportExpression: (lowering, node) => {
    if (node.source.type === 'Literal' && typeof node.source.value === 'string') {
      return emit(lowering, { op: 'import', specifier: node.source.value, name: '*' }, node);
    }
    const callee = emit(lowering, { op: 'global', name: 'import' }, node);
    const argument = { value: lowerExpression(lowering, node.source), spread: false };
    return emit(lowering, { op: 'call', form: 'call', callee, receiver: undefined, arguments: [argument], spelling: ['import'] }, node);
  },
  MetaProperty: (lowering, node) => emit(lowering, { op: 'global', name: `${node.meta.name}.${node.property.name}` }, node),
  JSXElement: lowerElement,
  JSXFragment: lowerFragment,
});

function lowerLiteral(lowering: Lowering, node: NodeOf<'Literal'>): ValueId {
  if ('regex' in node) return emit(lowering, { op: 'regexp', pattern: node.regex.pattern, flags: node.regex.flags }, node);
  if ('bigint' in node) return emit(lowering, { op: 'constant', value: node.bigint }, node);
  return emit(lowering, { op: 'constant', value: node.value }, node);
}

function lowerTemplate(lowering: Lowering, node: NodeOf<'TemplateLiteral'>): ValueId {
  const parts: ValueId[] = [];
  for (const [index, quasi] of node.quasis.entries()) {
    const text = quasi.value.cooked ?? quasi.value.raw;
    if (text !== '' || node.expressions.length === 0) parts.push(emit(lowering, { op: 'constant', value: text }, quasi));
    const expression = node.expressions[index];
    if (expression !== undefined) parts.push(lowerExpression(lowering, expression));
  }
  const [only] = parts;
  return only !== undefined && node.expressions.length === 0 ? only : emit(lowering, { op: 'concat', parts }, node);
}

function lowerObject(lowering: Lowering, node: NodeOf<'ObjectExpression'>): ValueId {
  const object = emit(lowering, { op: 'object' }, node);
  for (const property of node.properties) {
    if (property.type === 'SpreadElement') {
      const source = lowerExpression(lowering, property.argument);
      emit(lowering, { op: 'spread', target: object, source, except: [] }, property);
      continue;
    }
    const key = lowerKey(lowering, property.key, property.computed);
    const value = lowerNamed(lowering, property.value, 'name' in key ? key.name : '');
    emit(lowering, { op: 'store', object, key, value, isGetter: property.kind === 'get' }, property);
  }
  return object;
}

function lowerArray(lowering: Lowering, node: NodeOf<'ArrayExpression'>): ValueId {
  const elements: Argument[] = node.elements.map((element) => {
    if (element === null) return { value: unknownValue(lowering, node), spread: false };
    const spread = element.type === 'SpreadElement';
    return { value: lowerExpression(lowering, element.type === 'SpreadElement' ? element.argument : element), spread };
  });
  return emit(lowering, { op: 'array', elements }, node);
}

function lowerAssignment(lowering: Lowering, node: NodeOf<'AssignmentExpression'>): ValueId {
  const name =
    node.left.type === 'Identifier'
      ? node.left.name
      : node.left.type === 'MemberExpression' && !node.left.computed
        ? node.left.property.name
        : '';
  const right = lowerNamed(lowering, node.right, name);
  let value = right;
  if (node.operator !== '=') {
    const left = lowerExpression(lowering, node.left);
    value = combined(lowering, node, { left, right });
  }
  if (node.left.type === 'MemberExpression') storeMember(lowering, node.left, value);
  else lowerPattern(lowering, { pattern: node.left, value, declares: false });
  return value;
}

function combined(
  lowering: Lowering,
  node: NodeOf<'AssignmentExpression'>,
  sides: { readonly left: ValueId; readonly right: ValueId },
): ValueId {
  const { left, right } = sides;
  if (node.operator === '+=') return emit(lowering, { op: 'concat', parts: [left, right] }, node);
  if (node.operator === '||=' || node.operator === '&&=' || node.operator === '??=')
    return emit(lowering, { op: 'phi', inputs: [left, right] }, node);
  return emit(lowering, { op: 'binary', operator: node.operator.slice(0, -1), left, right }, node);
}

/** A chain of `+` is one concatenation, however long, so that it costs no depth. */
function lowerBinary(lowering: Lowering, node: NodeOf<'BinaryExpression'>): ValueId {
  if (node.operator !== '+') {
    const left = node.left.type === 'PrivateIdentifier' ? unknownValue(lowering, node) : lowerExpression(lowering, node.left);
    return emit(lowering, { op: 'binary', operator: node.operator, left, right: lowerExpression(lowering, node.right) }, node);
  }
  const operands: Expression[] = [];
  let at: Expression = node;
  while (at.type === 'BinaryExpression' && at.operator === '+') {
    operands.push(at.right);
    at = at.left;
  }
  operands.push(at);
  const parts = operands.reverse().map((operand) => lowerExpression(lowering, operand));
  return emit(lowering, { op: 'concat', parts }, node);
}

function lowerLogical(lowering: Lowering, node: NodeOf<'LogicalExpression'>): ValueId {
  if (node.operator !== '??') return lowerTest(lowering, node).value;
  const left = lowerExpression(lowering, node.left);
  const right = lowerExpression(lowering, node.right);
  return emit(lowering, { op: 'phi', inputs: [left, right] }, node);
}

function lowerConditional(lowering: Lowering, node: NodeOf<'ConditionalExpression'>): ValueId {
  const { builder } = lowering.frame;
  const test = lowerTest(lowering, node.test);
  const inputs: ValueId[] = [];
  const then = builder.arm(() => {
    test.assume(true);
    inputs.push(lowerExpression(lowering, node.consequent));
  });
  const otherwise = builder.arm(() => {
    test.assume(false);
    inputs.push(lowerExpression(lowering, node.alternate));
  });
  builder.meet([then, otherwise], node);
  return emit(lowering, { op: 'phi', inputs }, node);
}

function lowerUpdate(lowering: Lowering, node: NodeOf<'UpdateExpression'>): ValueId {
  const operand = lowerExpression(lowering, node.argument);
  const value = emit(lowering, { op: 'unary', operator: node.operator, operand }, node);
  if (node.argument.type === 'Identifier') writeName(lowering, node.argument.name, { value, span: node });
  else if (node.argument.type === 'MemberExpression') storeMember(lowering, node.argument, value);
  return value;
}
