import { FunctionBuilder } from '../../ir/function-builder.ts';
import type { ValueId } from '../../ir/instruction.ts';
import type { Decorator, Parameter } from '../../ir/module.ts';
import { deeper, emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { spell } from './lower-call.ts';
import { lowerExpression } from './lower-expression.ts';
import { lowerBlock } from './lower-statement.ts';
import { textOf, writeName, type PythonFrame, type PythonLowering } from './python-lowering.ts';
import { surveyNames } from './survey-names.ts';

/** A method: its first parameter is the object that it is called on. */
export type MethodOf = { readonly className: string; readonly parent: ValueId | undefined };

/** What stands around a function. */
export type FunctionSetting = { readonly decorators?: readonly SyntaxNode[]; readonly method?: MethodOf };

/** Lowers a function where it stands and gives the value that it is. */
export function lowerFunction(lowering: PythonLowering, node: SyntaxNode, { decorators = [], method }: FunctionSetting = {}): ValueId {
  const nameNode = node.child('name');
  const name = nameNode === undefined ? '' : textOf(lowering, nameNode);
  const id = reserve(lowering);
  const value = emit(lowering, { op: 'function', id }, node);
  const isStatic = decorators.some((decorator) => /@\s*staticmethod\b/u.test(textOf(lowering, decorator)));
  const described = decorators.flatMap((decorator) => decoratorOf(lowering, decorator));
  const given: Given = {
    id,
    node,
    name: method === undefined ? name : `${method.className}.${name}`,
    decorators: described,
    method: isStatic ? undefined : method,
  };
  const setting = lowering.frame;
  setting.deferred.push(() => {
    lowerBody(lowering, given, setting);
  });
  for (const decorator of decorators) lowerExpression(lowering, decorator.children[0]);
  if (method === undefined) writeName(lowering, name, { value, span: node });
  return value;
}

export function lowerLambda(lowering: PythonLowering, node: SyntaxNode): ValueId {
  const id = reserve(lowering);
  const value = emit(lowering, { op: 'function', id }, node);
  lowerBody(lowering, { id, node, name: '', decorators: [], method: undefined }, lowering.frame);
  return value;
}

function reserve(lowering: PythonLowering): number {
  lowering.functions.push(undefined);
  return lowering.functions.length - 1;
}

type Given = {
  readonly id: number;
  readonly node: SyntaxNode;
  readonly name: string;
  readonly decorators: readonly Decorator[];
  readonly method: MethodOf | undefined;
};

function lowerBody(lowering: PythonLowering, given: Given, parent: PythonFrame): void {
  deeper(
    lowering,
    () => undefined,
    () => {
      lowerBodyHere(lowering, given, parent);
    },
  );
}

function lowerBodyHere(lowering: PythonLowering, { id, node, name, decorators, method }: Given, parent: PythonFrame): void {
  const all = (node.child('parameters')?.children ?? []).filter((child) => parameterName(lowering, child) !== '');
  const parameters = method === undefined ? all : all.slice(1);
  const body = node.child('body');
  const isExpression = node.type === 'lambda';
  const builder = new FunctionBuilder({
    id,
    name,
    parent: parent.builder,
    parameters: parameters.map((parameter) => describe(lowering, parameter)),
    decorators,
    isAsync: /^async\b/u.test(lowering.text.slice(node.start, node.start + 6)),
    isGenerator: false,
    isExported:
      !isExpression &&
      parent.builder.head.parent === undefined &&
      !/^_(?!_init__$|_call__$|_enter__$)/u.test(name.slice(name.lastIndexOf('.') + 1)),
    span: node,
  });
  const names = surveyNames(lowering.text, body === undefined ? [] : [body]);
  const frame = openFrame(builder, parent, names);
  const outer = lowering.frame;
  lowering.frame = frame;
  bindSelf(lowering, all[0], method);
  const variables = parameters.map((parameter, index) => {
    const value = emit(lowering, { op: 'parameter', index, rest: parameter.type === 'list_splat_pattern' }, parameter);
    const variable = declare(frame, parameterName(lowering, parameter));
    builder.write(variable, value);
    return variable;
  });
  builder.bindParameters(variables);
  for (const own of names.own) declare(frame, own);
  if (isExpression) {
    emit(lowering, { op: 'return', value: lowerExpression(lowering, body) }, node);
    builder.leave();
  } else lowerBlock(lowering, body);
  runDeferred(frame);
  lowering.functions[id] = builder.finish();
  lowering.frame = outer;
}

export function openFrame(builder: FunctionBuilder, parent: PythonFrame | undefined, names: PythonFrame['names']): PythonFrame {
  return { builder, parent, fixed: new Map(), names, variables: new Map(), isClass: false, deferred: [] };
}

export function declare(frame: PythonFrame, name: string): number {
  const known = frame.variables.get(name);
  if (known !== undefined) return known;
  const variable = frame.builder.declare(name);
  frame.variables.set(name, variable);
  return variable;
}

/** Bodies of functions are lowered when the names around them have their values; the list grows while it is gone through. */
export function runDeferred(frame: PythonFrame): void {
  for (const body of frame.deferred) body();
  frame.deferred.length = 0;
}

function bindSelf(lowering: PythonLowering, first: SyntaxNode | undefined, method: MethodOf | undefined): void {
  if (method === undefined || first === undefined) return;
  const { frame } = lowering;
  const self = frame.builder.emit({ op: 'receiver' }, first);
  frame.builder.write(declare(frame, parameterName(lowering, first)), self);
  frame.fixed.set('self', self);
  if (method.parent !== undefined) frame.fixed.set('super', emit(lowering, { op: 'outer', hops: 1, value: method.parent }, first));
}

function parameterName(lowering: PythonLowering, node: SyntaxNode): string {
  if (node.type === 'identifier') return textOf(lowering, node);
  const name = node.child('name') ?? node.ofType('identifier') ?? node.children[0];
  return name === undefined ? '' : name.type === 'identifier' ? textOf(lowering, name) : parameterName(lowering, name);
}

function describe(lowering: PythonLowering, node: SyntaxNode): Parameter {
  const type = node.child('type');
  const written = type === undefined ? '' : textOf(lowering, type);
  const isNumber = /^(?:int|float|bool|UUID|uuid\.UUID|datetime|date|Decimal|Enum)\b|^Optional\[(?:int|float|bool)\]/u.test(written);
  const value = node.child('value');
  const made = value?.type === 'call' ? value.child('function') : undefined;
  return {
    name: parameterName(lowering, node),
    properties: [],
    annotation: isNumber
      ? { name: 'number', from: undefined }
      : written === ''
        ? undefined
        : { name: `py:${written.replace(/^.*\./u, '').replace(/\[.*/su, '')}`, from: undefined },
    decorators: made === undefined ? [] : [{ name: textOf(lowering, made).replace(/^.*\./u, ''), from: 'py', argument: undefined }],
  };
}

/** `@app.route('/x')`: its last name, and what stands before it. */
const argumentsCharsMax = 400; // of one decorator

function decoratorOf(lowering: PythonLowering, node: SyntaxNode): readonly Decorator[] {
  const [expression] = node.children;
  const callee = expression?.type === 'call' ? expression.child('function') : expression;
  if (callee === undefined) return [];
  const parts = spell(lowering, callee);
  const given = expression?.child('arguments');
  const argument = given === undefined ? undefined : textOf(lowering, given).slice(0, argumentsCharsMax);
  return [{ name: `py:${parts.at(-1) ?? ''}`, from: undefined, argument }];
}
