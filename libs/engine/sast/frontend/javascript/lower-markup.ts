import type { JSXChild } from 'oxc-parser';
import type { Argument, ValueId } from '../../ir/instruction.ts';
import type { NodeOf } from './node-of.ts';
import { deeper, emit, unknownValue } from '../emitter.ts';
import type { Lowering } from './lowering.ts';
import { lowerExpression } from './lower-expression.ts';
import { readName } from './lower-name.ts';

type Element = NodeOf<'JSXElement'>;

/** Lowers `<Tag a={b}>c</Tag>` to a call of `jsx` with the tag, its attributes and its children, which is what it compiles to. */
export function lowerElement(lowering: Lowering, node: Element): ValueId {
  const { name, attributes } = node.openingElement;
  const isComponent = name.type === 'JSXIdentifier' && /^[A-Z]/u.test(name.name);
  const tag =
    name.type === 'JSXIdentifier' && isComponent
      ? readName(lowering, name.name, name)
      : emit(lowering, { op: 'constant', value: name.type === 'JSXIdentifier' ? name.name : '' }, name);
  const properties = emit(lowering, { op: 'object' }, node.openingElement);
  for (const attribute of attributes) lowerAttribute(lowering, attribute, properties);
  return lowerMarkupCall(lowering, node, [tag, properties, ...lowerChildren(lowering, node.children)]);
}

export function lowerFragment(lowering: Lowering, node: NodeOf<'JSXFragment'>): ValueId {
  return lowerMarkupCall(lowering, node, [
    unknownValue(lowering, node),
    unknownValue(lowering, node),
    ...lowerChildren(lowering, node.children),
  ]);
}

function lowerMarkupCall(lowering: Lowering, node: Element | NodeOf<'JSXFragment'>, values: readonly ValueId[]): ValueId {
  const callee = emit(lowering, { op: 'global', name: 'jsx' }, node);
  const args: Argument[] = values.map((value) => ({ value, spread: false }));
  return emit(lowering, { op: 'call', form: 'call', callee, receiver: undefined, arguments: args, spelling: ['jsx'] }, node);
}

function lowerAttribute(lowering: Lowering, attribute: Element['openingElement']['attributes'][number], object: ValueId): void {
  if (attribute.type === 'JSXSpreadAttribute') {
    emit(lowering, { op: 'spread', target: object, source: lowerExpression(lowering, attribute.argument), except: [] }, attribute);
    return;
  }
  if (attribute.name.type !== 'JSXIdentifier' || attribute.value === null) return;
  const holder = attribute.value;
  const value = lowerExpression(lowering, holder.type === 'JSXExpressionContainer' ? holder.expression : holder);
  emit(lowering, { op: 'store', object, key: { name: attribute.name.name }, value }, attribute);
}

function lowerChildren(lowering: Lowering, children: readonly JSXChild[]): readonly ValueId[] {
  return deeper(
    lowering,
    () => [],
    () =>
      children.flatMap((child) => {
        if (child.type === 'JSXText') return [];
        if (child.type === 'JSXExpressionContainer' || child.type === 'JSXSpreadChild') {
          return child.expression.type === 'JSXEmptyExpression' ? [] : [lowerExpression(lowering, child.expression)];
        }
        return [lowerExpression(lowering, child)];
      }),
  );
}
