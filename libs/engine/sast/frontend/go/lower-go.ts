import type { IrFunction, IrModule } from '../../ir/module.ts';
import { beginFileBody, finishFile } from '../file-body.ts';
import { emit, type LoweringBounds } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { findLocal, readName, textOf, type GoFrame, type GoLowering } from './go-lowering.ts';
import { readImports, readStructs, typeNameOf } from './read-declarations.ts';
import { lowerFunction } from './lower-function.ts';
import { lowerVariables } from './lower-statement.ts';

/** A file to lower. */
export type GoSource = { readonly path: string; readonly text: string; readonly root: SyntaxNode };

/** Lowers a parsed Go file: types become classes, methods their members, and all of it what the package exports. */
export function lowerGo({ path, text, root }: GoSource, bounds: LoweringBounds): IrModule {
  const builder = beginFileBody(root);
  const frame: GoFrame = { builder, parent: undefined, fixed: new Map(), assignments: [] };
  const functions: (IrFunction | undefined)[] = [undefined];
  const limitsReached = new Set<string>();
  const imports = readImports(text, root);
  const lowering: GoLowering = {
    text,
    functions,
    imports,
    fields: readStructs(text, imports, root),
    bounds,
    limitsReached,
    frame,
    scope: { parent: undefined, names: new Map() },
    depth: 0,
    instructionCount: 0,
  };
  lowerPackage(lowering, root);
  return finishFile(builder, lowering, { path, language: 'go' });
}

/** Types first, then functions and methods, then variables, whose values may call them. */
function lowerPackage(lowering: GoLowering, root: SyntaxNode): void {
  for (const node of root.children) if (node.type === 'type_declaration') for (const spec of node.children) lowerType(lowering, spec);
  for (const node of root.children) {
    if (node.type === 'function_declaration') exportValue(lowering, node, lowerFunction(lowering, node));
    else if (node.type === 'method_declaration') lowerMethod(lowering, node);
  }
  for (const node of root.children) {
    if (node.type !== 'var_declaration' && node.type !== 'const_declaration') continue;
    lowerVariables(lowering, node);
    const specs = node.children.flatMap((child) => (child.type === 'var_spec_list' ? child.children : [child]));
    for (const name of specs.flatMap((spec) => spec.children.filter((child) => child.field === 'name'))) {
      const local = findLocal(lowering, textOf(lowering, name));
      if (local !== undefined) exportNamed(lowering, name, readName(lowering, textOf(lowering, name), name));
    }
  }
}

function lowerType(lowering: GoLowering, spec: SyntaxNode): void {
  const name = spec.child('name');
  if (name === undefined) return;
  const value = emit(lowering, { op: 'class', constructorIds: [], parent: undefined, interfaces: [], name: textOf(lowering, name) }, spec);
  exportNamed(lowering, name, value);
}

function lowerMethod(lowering: GoLowering, node: SyntaxNode): void {
  const value = lowerFunction(lowering, node);
  const receiver = node.child('receiver')?.children[0]?.child('type');
  const type = typeNameOf(lowering.text, lowering.imports, receiver)?.name;
  const name = node.child('name');
  if (type === undefined || name === undefined) return;
  const cls = emit(lowering, { op: 'type', name: type }, node);
  const prototype = emit(lowering, { op: 'load', object: cls, key: { name: 'prototype' } }, node);
  emit(lowering, { op: 'store', object: prototype, key: { name: textOf(lowering, name) }, value }, node);
}

function exportValue(lowering: GoLowering, node: SyntaxNode, value: number): void {
  const name = node.child('name');
  if (name !== undefined) exportNamed(lowering, name, value);
}

function exportNamed(lowering: GoLowering, name: SyntaxNode, value: number): void {
  const exports = emit(lowering, { op: 'global', name: 'exports' }, name);
  emit(lowering, { op: 'store', object: exports, key: { name: textOf(lowering, name) }, value }, name);
}
