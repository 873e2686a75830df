import { emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { writeName, type PythonLowering } from './python-lowering.ts';
import { importedNames } from './survey-names.ts';

/** Lowers an import; `import a.b` also makes `a.b` the name of a module. */
export function lowerImport(lowering: PythonLowering, node: SyntaxNode): void {
  for (const { name, module, member } of importedNames(lowering.text, node)) {
    const value = emit(lowering, { op: 'import', specifier: `py:${module}`, name: member }, node);
    writeName(lowering, name, { value, span: node });
  }
  if (node.type !== 'import_statement') return;
  for (const child of node.children) if (child.type === 'dotted_name') lowering.modules.add(lowering.text.slice(child.start, child.end));
}
