import { FunctionBuilder } from '../../ir/function-builder.ts';
import type { ValueId } from '../../ir/instruction.ts';
import type { Decorator, Parameter } from '../../ir/module.ts';
import { deeper, emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { candidatesOf, fullTypeName, typeNameOf } from './file-names.ts';
import { declareLocal, inBlock, outerValue, textOf, type JavaClass, type JavaFrame, type JavaLowering } from './java-lowering.ts';
import { lowerArguments } from './lower-call.ts';
import { componentsOf, nameOf } from './lower-class.ts';
import { literalValue, literalTypes } from './lower-literal.ts';
import { lowerStatements } from './lower-statement.ts';
import { noFacts, surveyBody } from './survey-body.ts';

/** Where a method belongs. */
export type MethodSetting = { readonly cls: JavaClass; readonly parent: ValueId | undefined; readonly home: JavaFrame | undefined };

export type Method = {
  readonly id: number;
  readonly node: SyntaxNode;
  readonly setting: MethodSetting;
  readonly name: string;
  /** For a constructor: gives the instance its fields. */
  readonly prepare: (() => void) | undefined;
  /** A class without a constructor of its own; a record's has its components as parameters. */
  readonly isRecord: boolean;
  /** The class around it. */
  readonly owner?: SyntaxNode;
};

export function reserveFunction(lowering: JavaLowering): number {
  lowering.functions.push(undefined);
  return lowering.functions.length - 1;
}

/** Lowers the body of a method or constructor under an id that was reserved. */
export function lowerMethod(lowering: JavaLowering, method: Method): void {
  deeper(
    lowering,
    () => undefined,
    () => {
      lowerMethodHere(lowering, method);
    },
  );
}

function lowerMethodHere(lowering: JavaLowering, { id, node, owner, setting, name, prepare, isRecord }: Method): void {
  const parameterNodes = isRecord ? componentsOf(node) : (node.child('parameters')?.children ?? []).filter(isParameter);
  const builder = new FunctionBuilder({
    id,
    name,
    parent: lowering.frame.builder,
    parameters: parameterNodes.map((parameter) => describeParameter(lowering, parameter)),
    decorators: isRecord ? [] : [...decoratorsOf(lowering, node), ...(owner === undefined ? [] : ofController(lowering, owner))],
    returnType: isRecord ? '' : writtenType(lowering, node),
    isAsync: false,
    isGenerator: false,
    isExported: isOffered(lowering, node),
    span: node,
  });
  const body = isRecord ? undefined : node.child('body');
  const frame: JavaFrame = {
    builder,
    parent: lowering.frame,
    isLambda: false,
    receiver: builder.emit({ op: 'receiver' }, node),
    fixed: new Map(),
    facts: body === undefined ? noFacts : surveyBody(lowering.text, body),
  };
  const outer = lowering.frame;
  lowering.frame = frame;
  if (setting.parent !== undefined) frame.fixed.set('super', outerValue(lowering, outer, setting.parent));
  inBlock(lowering, () => {
    bindParameters(lowering, parameterNodes);
    if (prepare === undefined) lowerStatements(lowering, body?.children ?? []);
    else lowerConstructor(lowering, { body, prepare, setting, components: isRecord ? parameterNodes : [] });
  });
  lowering.functions[id] = builder.finish();
  lowering.frame = outer;
}

export function isParameter(node: SyntaxNode): boolean {
  return node.type === 'formal_parameter' || node.type === 'spread_parameter';
}

/** Gives the parameters of the function in hand their names. */
export function bindParameters(lowering: JavaLowering, nodes: readonly SyntaxNode[]): void {
  const { builder } = lowering.frame;
  const variables = nodes.map((node, index) => {
    const value = emit(lowering, { op: 'parameter', index, rest: node.type === 'spread_parameter' }, node);
    const type = typeNameOf(lowering.text, lowering.names, node.child('type'));
    const local = declareLocal(lowering, parameterName(lowering, node), { type });
    builder.write(local.variable, value);
    return local.variable;
  });
  builder.bindParameters(variables);
}

function parameterName(lowering: JavaLowering, node: SyntaxNode): string {
  if (node.type === 'identifier') return textOf(lowering, node);
  const declarator = node.ofType('variable_declarator');
  return nameOf(lowering, declarator ?? node);
}

export function describeParameter(lowering: JavaLowering, node: SyntaxNode): Parameter {
  return {
    name: parameterName(lowering, node),
    properties: [],
    annotation: node.type === 'formal_parameter' ? typeNameOf(lowering.text, lowering.names, node.child('type')) : undefined,
    decorators: decoratorsOf(lowering, node),
  };
}

type Constructor = {
  readonly body: SyntaxNode | undefined;
  readonly prepare: () => void;
  readonly setting: MethodSetting;
  readonly components: readonly SyntaxNode[];
};

/** A constructor calls that of its parent, or another of its own class, before it does anything else. */
function lowerConstructor(lowering: JavaLowering, { body, prepare, setting, components }: Constructor): void {
  const statements = body?.children ?? [];
  const [first] = statements;
  const explicit = first?.type === 'explicit_constructor_invocation' ? first : undefined;
  const isOwn = explicit?.child('constructor')?.type === 'this';
  if (explicit !== undefined || setting.parent !== undefined) callConstructor(lowering, explicit, isOwn ? 'this' : 'super');
  if (!isOwn) prepare();
  storeComponents(lowering, components);
  lowerStatements(lowering, explicit === undefined ? statements : statements.slice(1));
}

function callConstructor(lowering: JavaLowering, explicit: SyntaxNode | undefined, name: 'this' | 'super'): void {
  const args = lowerArguments(lowering, explicit?.child('arguments')).map((value) => ({ value, spread: false }));
  const span = explicit ?? lowering.frame.builder.head.span;
  const callee = emit(lowering, { op: 'global', name }, span);
  const { receiver } = lowering.frame;
  emit(lowering, { op: 'call', form: 'call', callee, receiver, arguments: args, spelling: [name] }, span);
}

/** The components of a record are its fields. */
function storeComponents(lowering: JavaLowering, components: readonly SyntaxNode[]): void {
  const { builder, receiver } = lowering.frame;
  for (const [index, component] of components.entries()) {
    const value = builder.code.findIndex((made) => made.op === 'parameter' && made.index === index);
    emit(lowering, { op: 'store', object: receiver, key: { name: nameOf(lowering, component) }, value }, component);
  }
}

/** That a class answers with what its methods give back holds for each of them. */
function ofController(lowering: JavaLowering, owner: SyntaxNode): readonly Decorator[] {
  return decoratorsOf(lowering, owner).filter(({ name }) => name === 'RestController');
}

function writtenType(lowering: JavaLowering, node: SyntaxNode): string {
  const type = node.child('type');
  return type === undefined ? '' : textOf(lowering, type);
}

/** Whether code outside of the tree may call it. */
function isOffered(lowering: JavaLowering, node: SyntaxNode): boolean {
  const modifiers = node.ofType('modifiers');
  return modifiers !== undefined && /(?:^|\s)public(?:\s|$)/u.test(textOf(lowering, modifiers));
}

const settingsCharsMax = 400; // of the arguments of one annotation

/** `(path = "/x", produces = "text/plain")` as it is written. */
function settingsOf(lowering: JavaLowering, annotation: SyntaxNode): string | undefined {
  const given = annotation.child('arguments');
  return given === undefined ? undefined : textOf(lowering, given).slice(0, settingsCharsMax);
}

/** Annotations by name, with their one plain argument, or all of them as they are written. */
export function decoratorsOf(lowering: JavaLowering, node: SyntaxNode): readonly Decorator[] {
  const modifiers = node.ofType('modifiers');
  return (modifiers?.children ?? []).flatMap((child) => {
    if (child.type !== 'annotation' && child.type !== 'marker_annotation') return [];
    const written = nameOf(lowering, child);
    const full = written.includes('.') ? fullTypeName(lowering.names, written) : candidatesOf(lowering.names, written);
    const argument = child.child('arguments')?.children.find((item) => literalTypes.has(item.type));
    const value = argument === undefined ? undefined : literalValue(argument, textOf(lowering, argument));
    return full.split('|').map((name) => ({
      name: name.slice(name.lastIndexOf('.') + 1),
      from: name.slice(0, Math.max(0, name.lastIndexOf('.'))),
      argument: value === undefined ? settingsOf(lowering, child) : String(value),
    }));
  });
}
