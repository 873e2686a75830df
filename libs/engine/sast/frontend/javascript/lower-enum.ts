import type { NodeOf } from './node-of.ts';
import { emit } from '../emitter.ts';
import type { Lowering } from './lowering.ts';
import { lowerExpression } from './lower-expression.ts';
import { writeName } from './lower-name.ts';

/** Lowers an enumeration to the object that it is at run time. */
export function lowerEnum(lowering: Lowering, node: NodeOf<'TSEnumDeclaration'>): void {
  const object = emit(lowering, { op: 'object' }, node);
  writeName(lowering, node.id.name, { value: object, span: node.id });
  for (const [index, member] of node.body.members.entries()) {
    const name = member.id.type === 'Identifier' ? member.id.name : member.id.type === 'Literal' ? member.id.value : '';
    const value =
      member.initializer === null
        ? emit(lowering, { op: 'constant', value: index }, member)
        : lowerExpression(lowering, member.initializer);
    emit(lowering, { op: 'store', object, key: { name }, value }, member);
  }
}
