import type { Decorator as DecoratorNode, Directive, Node, ParamPattern, Statement } from 'oxc-parser';
import { FunctionBuilder } from '../../ir/function-builder.ts';
import type { Decorator, Parameter, TypeName } from '../../ir/module.ts';
import type { ValueId } from '../../ir/instruction.ts';
import { lookUp } from './bindings.ts';
import { declareName, writeName } from './lower-name.ts';
import { deeper, emit } from '../emitter.ts';
import { inScopeOf, type Frame, type Lowering } from './lowering.ts';
import { lowerExpression } from './lower-expression.ts';
import { lowerPattern } from './lower-pattern.ts';
import { declareScope, lowerStatements } from './lower-statement.ts';
import { lowerFields } from './lower-class.ts';
import type { NodeOf } from './node-of.ts';
import { typeNameOf } from './type-name.ts';

export type FunctionNode = NodeOf<'FunctionDeclaration'> | NodeOf<'ArrowFunctionExpression'>;

/** What the surroundings know of a function. */
export type FunctionSetting = {
  readonly name: string;
  readonly isExported?: boolean;
  readonly decorators?: readonly DecoratorNode[];
  /** The class whose fields this constructor makes. */
  readonly constructorOf?: NodeOf<'ClassDeclaration'>;
  /** An arrow function that is a class field has its own `this`. */
  readonly isMethod?: boolean;
};

/** Lowers a function where it stands and gives the value that it is. */
export function lowerFunction(lowering: Lowering, node: FunctionNode, setting: FunctionSetting): ValueId {
  const id = lowering.functions.length;
  lowering.functions.push(undefined);
  const value = emit(lowering, { op: 'function', id }, node);
  lowerBody(lowering, { id, node, setting, self: value });
  return value;
}

/** Declares the functions of a block at its top; their bodies are lowered at its end, when the names they use have values. */
export function hoistFunctions(lowering: Lowering, statements: readonly (Statement | Directive)[]): void {
  for (const statement of statements) {
    const exported = statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration';
    const node: Node | null = exported ? statement.declaration : statement;
    if (node?.type !== 'FunctionDeclaration' || node.id === null) continue;
    const id = lowering.functions.length;
    lowering.functions.push(undefined);
    const value = emit(lowering, { op: 'function', id }, node);
    writeName(lowering, node.id.name, { value, span: node });
    const setting: FunctionSetting = { name: node.id.name, isExported: exported };
    lowering.frame.deferred.push(() => {
      lowerBody(lowering, { id, node, setting });
    });
  }
}

/** A frame for a function that is about to be lowered. */
export function openFrame(lowering: { readonly frame: Frame | undefined }, builder: FunctionBuilder, isArrow: boolean): Frame {
  return {
    builder,
    parent: lowering.frame,
    isArrow,
    receiver: builder.emit({ op: 'receiver' }, builder.head.span),
    fixed: new Map(),
    aliases: new Map(),
    pathsByRoot: new Map(),
    deferred: [],
  };
}

/** Decorators by name, with their one plain argument. */
export function decoratorsOf(lowering: Lowering, nodes: readonly DecoratorNode[] | undefined): readonly Decorator[] {
  return (nodes ?? []).flatMap(({ expression }) => {
    const callee = expression.type === 'CallExpression' ? expression.callee : expression;
    if (callee.type !== 'Identifier') return [];
    const imported = lookUp(lowering.scope, callee.name)?.importedFrom;
    const first = expression.type === 'CallExpression' ? expression.arguments.map(plainArgument) : [];
    return [
      { name: imported?.name ?? callee.name, from: imported?.specifier, argument: first.filter((text) => text !== undefined).join(',') },
    ];
  });
}

type Body = {
  readonly id: number;
  readonly node: FunctionNode;
  readonly setting: FunctionSetting;
  /** The function itself, as the surrounding function holds it: what its own name means inside it. */
  readonly self?: ValueId;
};

function lowerBody(lowering: Lowering, body: Body): void {
  deeper(
    lowering,
    () => undefined,
    () => {
      lowerBodyHere(lowering, body);
    },
  );
}

function lowerBodyHere(lowering: Lowering, { id, node, setting, self }: Body): void {
  const scope = lowering.bindings.scopes.get(node);
  const outerScope = lowering.scope;
  if (scope !== undefined) lowering.scope = scope;
  const builder = new FunctionBuilder({
    id,
    name: setting.name === '' ? (node.id?.name ?? '') : setting.name,
    parent: lowering.frame.builder,
    parameters: node.params.map((parameter) => describeParameter(lowering, parameter)),
    decorators: decoratorsOf(lowering, setting.decorators),
    isAsync: node.async,
    isGenerator: node.generator,
    isExported: setting.isExported ?? false,
    span: node,
  });
  lowering.scope = outerScope;
  const outer = lowering.frame;
  lowering.frame = openFrame(lowering, builder, node.type === 'ArrowFunctionExpression' && setting.isMethod !== true);
  inScopeOf(lowering, node, () => {
    declareScope(lowering, lowering.scope);
    if (self !== undefined && node.type === 'FunctionExpression' && node.id !== null)
      writeName(lowering, node.id.name, { value: emit(lowering, { op: 'outer', hops: 1, value: self }, node.id), span: node.id });
    bindParameters(lowering, node);
    if (setting.constructorOf !== undefined) lowerFields(lowering, setting.constructorOf);
    lowerFunctionBody(lowering, node);
  });
  lowering.functions[id] = builder.finish();
  lowering.frame = outer;
}

function lowerFunctionBody(lowering: Lowering, node: FunctionNode): void {
  if (node.body === null) return;
  if (node.body.type !== 'BlockStatement') {
    const value = lowerExpression(lowering, node.body);
    emit(lowering, { op: 'return', value }, node.body);
    lowering.frame.builder.leave();
    return;
  }
  const block = node.body;
  inScopeOf(lowering, block, () => {
    lowerStatements(lowering, block.body);
  });
}

function bindParameters(lowering: Lowering, node: FunctionNode): void {
  const { builder } = lowering.frame;
  const variables: (number | undefined)[] = [];
  for (const [index, parameter] of node.params.entries()) {
    const pattern = parameter.type === 'TSParameterProperty' ? parameter.parameter : parameter;
    const rest = pattern.type === 'RestElement';
    const value = emit(lowering, { op: 'parameter', index, rest }, pattern);
    lowerPattern(lowering, { pattern, value, declares: true });
    const name = plainName(pattern);
    const binding = name === undefined ? undefined : lookUp(lowering.scope, name);
    if (binding !== undefined) declareName(lowering, binding, undefined);
    variables.push(binding?.owner === builder ? binding.variable : undefined);
    if (parameter.type === 'TSParameterProperty' && name !== undefined) {
      emit(lowering, { op: 'store', object: lowering.frame.receiver, key: { name }, value }, parameter);
    }
  }
  builder.bindParameters(variables);
}

function describeParameter(lowering: Lowering, parameter: ParamPattern): Parameter {
  const pattern = parameter.type === 'TSParameterProperty' ? parameter.parameter : parameter;
  const inner = pattern.type === 'AssignmentPattern' ? pattern.left : pattern;
  return {
    name: plainName(pattern) ?? '',
    properties: inner.type === 'ObjectPattern' ? inner.properties.flatMap(propertyName) : [],
    annotation: annotationOf(lowering, inner),
    decorators: decoratorsOf(lowering, parameter.decorators),
  };
}

function annotationOf(lowering: Lowering, pattern: Node): TypeName | undefined {
  if (pattern.type !== 'Identifier' && pattern.type !== 'ObjectPattern') return undefined;
  return typeNameOf(lowering, pattern.typeAnnotation ?? undefined);
}

function propertyName(property: NodeOf<'ObjectPattern'>['properties'][number]): readonly string[] {
  return property.type !== 'RestElement' && property.key.type === 'Identifier' ? [property.key.name] : [];
}

function plainName(pattern: Node): string | undefined {
  if (pattern.type === 'Identifier') return pattern.name;
  if (pattern.type === 'AssignmentPattern') return plainName(pattern.left);
  return pattern.type === 'RestElement' ? plainName(pattern.argument) : undefined;
}

function plainArgument(node: Node): string | undefined {
  if (node.type === 'Literal') return String(node.value);
  return node.type === 'Identifier' ? node.name : undefined;
}
