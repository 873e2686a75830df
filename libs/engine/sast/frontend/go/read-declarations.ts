import type { TypeName } from '../../ir/module.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';

const numbers: ReadonlySet<string> = new Set(
  'int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 uintptr float32 float64 bool complex64 complex128'.split(' '),
);

/** Import paths by the names that a file calls them. */
export function readImports(text: string, root: SyntaxNode): ReadonlyMap<string, string> {
  const imports = new Map<string, string>();
  for (const declaration of root.children) {
    if (declaration.type !== 'import_declaration') continue;
    const specs = declaration.children.flatMap((child) => (child.type === 'import_spec_list' ? child.children : [child]));
    for (const spec of specs) {
      const path = spec.child('path');
      if (path === undefined) continue;
      const written = text.slice(path.start + 1, path.end - 1);
      const name = spec.child('name');
      // the last part, less a version: `github.com/labstack/echo/v4` is `echo`
      const plain = written
        .replace(/\/v\d+$/u, '')
        .replace(/^.*\//u, '')
        .replace(/^go-|\.v\d+$/u, '');
      imports.set(name === undefined ? plain : text.slice(name.start, name.end), written.replace(/\/v\d+$/u, ''));
    }
  }
  return imports;
}

/** What a declared type says of its values; pointers are what they point to. */
export function typeNameOf(text: string, imports: ReadonlyMap<string, string>, node: SyntaxNode | undefined): TypeName | undefined {
  let at = node;
  while (at?.type === 'pointer_type' || at?.type === 'parenthesized_type') at = at.children[0];
  if (at?.type !== 'type_identifier' && at?.type !== 'qualified_type') return undefined;
  const written = text.slice(at.start, at.end);
  return at.type === 'type_identifier' ? ownType(written) : importedType(imports, written);
}

const silent: ReadonlySet<string> = new Set(['string', 'error', 'any']); // anything fits into them

function ownType(name: string): TypeName | undefined {
  if (numbers.has(name)) return { name: 'number', from: undefined };
  return silent.has(name) ? undefined : { name: `go:.#${name}`, from: undefined };
}

function importedType(imports: ReadonlyMap<string, string>, written: string): TypeName | undefined {
  const [holder = '', name = ''] = written.split('.');
  const path = imports.get(holder);
  return path === undefined ? undefined : { name: `go:${path}#${name}`, from: undefined };
}

/** Types of the fields of each struct of a file. */
export function readStructs(
  text: string,
  imports: ReadonlyMap<string, string>,
  root: SyntaxNode,
): ReadonlyMap<string, ReadonlyMap<string, TypeName>> {
  const structs = new Map<string, Map<string, TypeName>>();
  for (const declaration of root.children) {
    if (declaration.type !== 'type_declaration') continue;
    for (const spec of declaration.children) {
      const name = spec.child('name');
      const list = spec.child('type')?.ofType('field_declaration_list');
      if (name === undefined || list === undefined) continue;
      const fields = new Map<string, TypeName>();
      for (const field of list.children) {
        const type = typeNameOf(text, imports, field.child('type'));
        if (type === undefined) continue;
        for (const child of field.children) if (child.field === 'name') fields.set(text.slice(child.start, child.end), type);
      }
      structs.set(text.slice(name.start, name.end), fields);
    }
  }
  return structs;
}
