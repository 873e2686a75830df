import type { TSTypeAnnotation, TSTypeName } from 'oxc-parser';
import type { TypeName } from '../../ir/module.ts';
import { lookUp } from './bindings.ts';
import type { Lowering } from './lowering.ts';

/** The named type of an annotation and the module it comes from; undefined for anything that is not a plain reference. */
export function typeNameOf(lowering: Lowering, annotation: TSTypeAnnotation | undefined): TypeName | undefined {
  const type = annotation?.typeAnnotation;
  switch (type?.type) {
    case 'TSNumberKeyword':
      return { name: 'number', from: undefined };
    case 'TSBooleanKeyword':
      return { name: 'boolean', from: undefined };
    case 'TSTypeReference':
      return referenced(lowering, type.typeName);
    default:
      return undefined;
  }
}

function referenced(lowering: Lowering, name: TSTypeName): TypeName | undefined {
  if (name.type === 'Identifier') {
    const imported = lookUp(lowering.scope, name.name)?.importedFrom;
    return { name: imported === undefined || imported.name === 'default' ? name.name : imported.name, from: imported?.specifier };
  }
  if (name.type !== 'TSQualifiedName' || name.left.type !== 'Identifier') return undefined;
  return { name: name.right.name, from: lookUp(lowering.scope, name.left.name)?.importedFrom?.specifier };
}
