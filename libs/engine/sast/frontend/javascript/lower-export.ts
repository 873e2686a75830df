import type { Span } from '../../ir/function-builder.ts';
import type { ValueId } from '../../ir/instruction.ts';
import type { NodeOf } from './node-of.ts';
import { exportName } from './collect-bindings.ts';
import { emit } from '../emitter.ts';
import type { Lowering } from './lowering.ts';
import { lowerClass } from './lower-class.ts';
import { lowerNamed } from './lower-expression.ts';
import { lowerFunction } from './lower-function.ts';
import { readGlobal, readName } from './lower-name.ts';
import { lowerStatement } from './lower-statement.ts';
import { namesInPattern } from './names-in-pattern.ts';

/** Lowers `export const ...`, `export { a as b }` and `export { a } from '...'`: each is a member of the module's exports. */
export function lowerExportNamed(lowering: Lowering, node: NodeOf<'ExportNamedDeclaration'>): void {
  const { declaration } = node;
  if (declaration !== null) {
    lowerStatement(lowering, declaration);
    for (const name of declaredNames(declaration)) storeExport(lowering, name, { value: readName(lowering, name, node), span: node });
  }
  for (const specifier of node.specifiers) {
    const local = exportName(specifier.local);
    const value =
      node.source === null
        ? readName(lowering, local, specifier)
        : emit(lowering, { op: 'import', specifier: node.source.value, name: local }, specifier);
    storeExport(lowering, exportName(specifier.exported), { value, span: specifier });
  }
}

export function lowerExportDefault(lowering: Lowering, node: NodeOf<'ExportDefaultDeclaration'>): void {
  const { declaration } = node;
  let value: ValueId;
  if (declaration.type === 'FunctionDeclaration') {
    value =
      declaration.id === null
        ? lowerFunction(lowering, declaration, { name: 'default', isExported: true })
        : readName(lowering, declaration.id.name, declaration);
  } else if (declaration.type === 'ClassDeclaration') value = lowerClass(lowering, declaration);
  else if (declaration.type === 'TSInterfaceDeclaration') return;
  else value = lowerNamed(lowering, declaration, 'default');
  storeExport(lowering, 'default', { value, span: node });
}

export function lowerExportAll(lowering: Lowering, node: NodeOf<'ExportAllDeclaration'>): void {
  const source = emit(lowering, { op: 'import', specifier: node.source.value, name: '*' }, node);
  if (node.exported !== null) storeExport(lowering, exportName(node.exported), { value: source, span: node });
  else emit(lowering, { op: 'spread', target: readGlobal(lowering, 'exports', node), source, except: ['default'] }, node);
}

function storeExport(lowering: Lowering, name: string, exported: { readonly value: ValueId; readonly span: Span }): void {
  const object = readGlobal(lowering, 'exports', exported.span);
  emit(lowering, { op: 'store', object, key: { name }, value: exported.value }, exported.span);
}

function declaredNames(node: NonNullable<NodeOf<'ExportNamedDeclaration'>['declaration']>): readonly string[] {
  if (node.type === 'VariableDeclaration') return node.declarations.flatMap((declarator) => namesInPattern(declarator.id));
  if (node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') return node.id === null ? [] : [node.id.name];
  return node.type === 'TSEnumDeclaration' ? [node.id.name] : [];
}
