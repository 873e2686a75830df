import type { ValueId } from '../../ir/instruction.ts';
import { emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { containerKind } from './containers.ts';
import { classTypes, fullTypeName, typeNameOf, writtenType } from './file-names.ts';
import { declareLocal, inBlock, textOf, typeValue, type JavaClass, type JavaField, type JavaLowering } from './java-lowering.ts';
import { lowerArguments } from './lower-call.ts';
import { lowerExpression } from './lower-expression.ts';
import { lowerMethod, reserveFunction, type MethodSetting } from './lower-method.ts';
import { lowerStatement } from './lower-statement.ts';

/** Lowers a class of the file and those in it; each is a member of the module's exports by its name within the package. */
export function lowerClass(lowering: JavaLowering, node: SyntaxNode, outer: JavaClass | undefined): ValueId {
  const simpleName = nameOf(lowering, node);
  const fullName = outer === undefined ? (lowering.names.declared.get(simpleName) ?? simpleName) : `${outer.fullName}.${simpleName}`;
  const cls = describeClass(lowering, node, { simpleName, fullName, outer, home: undefined });
  const exports = emit(lowering, { op: 'global', name: 'exports' }, node);
  const { packageName } = lowering.names;
  const exported = packageName === '' ? fullName : fullName.slice(packageName.length + 1);
  // Before its members: what they run as they are made may name the class.
  return emitClass(lowering, node, {
    cls,
    onMade: (value) => {
      emit(lowering, { op: 'store', object: exports, key: { name: exported }, value }, node);
    },
  });
}

/** Lowers a class inside a function. */
export function lowerLocalClass(lowering: JavaLowering, node: SyntaxNode): void {
  const simpleName = nameOf(lowering, node);
  const local = declareLocal(lowering, simpleName);
  const cls = describeClass(lowering, node, { simpleName, fullName: '', outer: lowering.cls, home: lowering.frame });
  lowering.frame.builder.write(local.variable, emitClass(lowering, node, { cls, onMade: undefined }));
}

/** Lowers the body of `new X() { ... }`. */
export function lowerAnonymousClass(lowering: JavaLowering, body: SyntaxNode, parent: ValueId): ValueId {
  const cls = describeClass(lowering, body, { simpleName: '', fullName: '', outer: lowering.cls, home: lowering.frame });
  return emitBody(lowering, { node: body, members: body.children, cls, onMade: undefined, parent, interfaces: [parent] });
}

type Named = Pick<JavaClass, 'simpleName' | 'fullName' | 'outer' | 'home'>;

function describeClass(lowering: JavaLowering, node: SyntaxNode, named: Named): JavaClass {
  const fields = new Map<string, JavaField>();
  const methods = new Map<string, { isStatic: boolean }>();
  const isInterface = node.type === 'interface_declaration';
  for (const member of membersOf(node)) {
    const isStatic = isInterface || hasModifier(lowering, member, 'static');
    if (member.type === 'method_declaration') methods.set(nameOf(lowering, member), { isStatic: hasModifier(lowering, member, 'static') });
    if (member.type === 'enum_constant') fields.set(nameOf(lowering, member), { isStatic: true, type: undefined, container: undefined });
    if (member.type !== 'field_declaration' && member.type !== 'constant_declaration') continue;
    const type = typeNameOf(lowering.text, lowering.names, member.child('type'));
    const container = containerKind(writtenType(lowering.text, member.child('type')));
    for (const declarator of member.children)
      if (declarator.field === 'declarator') fields.set(nameOf(lowering, declarator), { isStatic, type, container });
  }
  for (const parameter of componentsOf(node)) {
    const type = typeNameOf(lowering.text, lowering.names, parameter.child('type'));
    fields.set(nameOf(lowering, parameter), { isStatic: false, type, container: undefined });
  }
  return { ...named, fields, methods };
}

function emitClass(lowering: JavaLowering, node: SyntaxNode, made: Made): ValueId {
  const types = (holder: SyntaxNode | undefined): readonly ValueId[] =>
    (holder?.type === 'type_list' ||
    holder?.type === 'super_interfaces' ||
    holder?.type === 'superclass' ||
    holder?.type === 'extends_interfaces'
      ? holder.children.flatMap((child) => (child.type === 'type_list' ? child.children : [child]))
      : []
    ).flatMap((type) => {
      const written = writtenType(lowering.text, type);
      return written === undefined ? [] : [typeValue(lowering, fullTypeName(lowering.names, written), type)];
    });
  const [parent] = types(node.child('superclass'));
  const interfaces = [...types(node.child('interfaces')), ...types(node.ofType('extends_interfaces'))];
  return emitBody(lowering, { node, members: membersOf(node), ...made, parent, interfaces });
}

type Made = { readonly cls: JavaClass; readonly onMade: ((value: ValueId) => void) | undefined };

type Body = Made & {
  readonly node: SyntaxNode;
  readonly members: readonly SyntaxNode[];
  readonly parent: ValueId | undefined;
  readonly interfaces: readonly ValueId[];
};

function emitBody(lowering: JavaLowering, body: Body): ValueId {
  const { node, members, cls, parent, interfaces } = body;
  const makers = members.filter((member) => member.type === 'constructor_declaration' || member.type === 'compact_constructor_declaration');
  const hasFields = members.some((member) => isOwnField(lowering, member)) || componentsOf(node).length > 0;
  const constructorIds = (makers.length > 0 ? makers : hasFields ? [node] : []).map(() => reserveFunction(lowering));
  const value = emit(lowering, { op: 'class', constructorIds, parent, interfaces, name: cls.simpleName }, node);
  body.onMade?.(value);
  const outer = lowering.cls;
  lowering.cls = cls;
  const setting: MethodSetting = { cls, parent, home: cls.home };
  const prepare = (): void => {
    lowerFields(lowering, body);
  };
  if (makers.length === 0 && constructorIds[0] !== undefined)
    lowerMethod(lowering, { id: constructorIds[0], node, setting, name: `${cls.simpleName}.constructor`, prepare, isRecord: true });
  for (const [index, maker] of makers.entries()) {
    const id = constructorIds[index];
    if (id !== undefined)
      lowerMethod(lowering, { id, node: maker, setting, name: `${cls.simpleName}.constructor`, prepare, isRecord: false });
  }
  const prototype = emit(lowering, { op: 'load', object: value, key: { name: 'prototype' } }, node);
  for (const member of members) lowerMember(lowering, member, { body, value, prototype, setting });
  lowering.cls = outer;
  return value;
}

type Owner = { readonly body: Body; readonly value: ValueId; readonly prototype: ValueId; readonly setting: MethodSetting };

function lowerMember(lowering: JavaLowering, member: SyntaxNode, owner: Owner): void {
  const { value, prototype, setting, body } = owner;
  const name = nameOf(lowering, member);
  if (classTypes.has(member.type)) {
    const inner = body.cls.fullName === '' ? undefined : lowerClass(lowering, member, body.cls);
    if (inner !== undefined) emit(lowering, { op: 'store', object: value, key: { name }, value: inner }, member);
  } else if (member.type === 'method_declaration' && member.child('body') !== undefined) {
    const id = reserveFunction(lowering);
    const object = hasModifier(lowering, member, 'static') ? value : prototype;
    const method = emit(lowering, { op: 'function', id }, member);
    lowerMethod(lowering, {
      id,
      node: member,
      owner: body.node,
      setting,
      name: `${body.cls.simpleName}.${name}`,
      prepare: undefined,
      isRecord: false,
    });
    emit(lowering, { op: 'store', object, key: { name }, value: method }, member);
  } else if (member.type === 'static_initializer')
    inBlock(lowering, () => {
      lowerStatement(lowering, member.ofType('block'));
    });
  else if (member.type === 'enum_constant') {
    const args = lowerArguments(lowering, member.child('arguments')).map((argument) => ({ value: argument, spread: false }));
    const made = emit(lowering, { op: 'call', form: 'new', callee: value, receiver: undefined, arguments: args, spelling: [name] }, member);
    emit(lowering, { op: 'store', object: value, key: { name }, value: made }, member);
  } else if (isField(member) && (hasModifier(lowering, member, 'static') || body.node.type === 'interface_declaration'))
    storeField(lowering, member, value);
}

/** Gives the instance in hand its fields, as a constructor begins. */
function lowerFields(lowering: JavaLowering, { members }: Body): void {
  for (const member of members) if (isOwnField(lowering, member)) storeField(lowering, member, lowering.frame.receiver);
  for (const member of members) if (member.type === 'block') lowerStatement(lowering, member);
}

function storeField(lowering: JavaLowering, member: SyntaxNode, object: ValueId): void {
  for (const declarator of member.children) {
    const initial = declarator.field === 'declarator' ? declarator.child('value') : undefined;
    if (initial === undefined) continue;
    emit(
      lowering,
      { op: 'store', object, key: { name: nameOf(lowering, declarator) }, value: lowerExpression(lowering, initial) },
      declarator,
    );
  }
}

function isField(member: SyntaxNode): boolean {
  return member.type === 'field_declaration' || member.type === 'constant_declaration';
}

function isOwnField(lowering: JavaLowering, member: SyntaxNode): boolean {
  if (member.type === 'block') return true; // an initialiser of instances
  return (
    member.type === 'field_declaration' &&
    !hasModifier(lowering, member, 'static') &&
    member.children.some((child) => child.child('value') !== undefined)
  );
}

/** The members of a class; those of an enumeration stand one level deeper. */
function membersOf(node: SyntaxNode): readonly SyntaxNode[] {
  const body = node.type.endsWith('_body') ? node : node.child('body');
  return (body?.children ?? []).flatMap((child) => (child.type === 'enum_body_declarations' ? child.children : [child]));
}

/** The components of a record. */
export function componentsOf(node: SyntaxNode): readonly SyntaxNode[] {
  return node.type === 'record_declaration'
    ? (node.child('parameters')?.children ?? []).filter((child) => child.type === 'formal_parameter')
    : [];
}

export function nameOf(lowering: JavaLowering, node: SyntaxNode): string {
  const name = node.child('name');
  return name === undefined ? '' : textOf(lowering, name);
}

function hasModifier(lowering: JavaLowering, node: SyntaxNode, word: string): boolean {
  const modifiers = node.ofType('modifiers');
  return modifiers !== undefined && textOf(lowering, modifiers).split(/\s+/u).includes(word);
}
