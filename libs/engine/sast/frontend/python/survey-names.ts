import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';

/** Names of one function or module body, found before it is lowered. */
export type BodyNames = {
  /** Names that the body assigns. */
  readonly own: ReadonlySet<string>;
  /** Names that it says belong further out (`global`, `nonlocal`). */
  readonly outer: ReadonlySet<string>;
  /** Where names are assigned, in source order. Units: UTF-16 offsets. */
  readonly assignments: readonly { readonly position: number; readonly name: string }[];
};

const scopes: ReadonlySet<string> = new Set(['function_definition', 'class_definition', 'lambda']);
const targets: ReadonlySet<string> = new Set(['assignment', 'augmented_assignment', 'for_statement', 'for_in_clause']);

/** Finds the names of a body in one walk without recursion; bodies of functions and classes inside are not entered. */
export function surveyNames(text: string, bodies: readonly SyntaxNode[]): BodyNames {
  const own = new Set<string>();
  const outer = new Set<string>();
  const assignments: { position: number; name: string }[] = [];
  const note = (node: SyntaxNode, position: number): void => {
    for (const name of namesIn(text, node)) {
      own.add(name);
      assignments.push({ position, name });
    }
  };
  const stack = [...bodies].reverse();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    noteNode(text, node, { note, own, outer });
    if (scopes.has(node.type)) continue;
    for (let at = node.children.length - 1; at >= 0; at--) {
      const child = node.children[at];
      if (child !== undefined) stack.push(child);
    }
  }
  for (const name of outer) own.delete(name);
  assignments.sort((a, b) => a.position - b.position);
  return { own, outer, assignments };
}

type Notes = { readonly note: (node: SyntaxNode, position: number) => void; readonly own: Set<string>; readonly outer: Set<string> };

function noteNode(text: string, node: SyntaxNode, { note, own, outer }: Notes): void {
  const target = targetOf(node);
  if (target !== undefined) note(target, node.start);
  else if (imports.has(node.type)) for (const bound of importedNames(text, node)) own.add(bound.name);
  else if (node.type === 'global_statement' || node.type === 'nonlocal_statement')
    for (const child of node.children) outer.add(text.slice(child.start, child.end));
}

const imports: ReadonlySet<string> = new Set(['import_statement', 'import_from_statement']);
const named: ReadonlySet<string> = new Set(['function_definition', 'class_definition', 'named_expression']);

/** What a node assigns. */
function targetOf(node: SyntaxNode): SyntaxNode | undefined {
  if (targets.has(node.type)) return node.child('left');
  if (named.has(node.type)) return node.child('name');
  return node.type === 'as_pattern_target' || node.type === 'case_pattern' ? node : undefined;
}

const containers: ReadonlySet<string> = new Set([
  'pattern_list',
  'tuple_pattern',
  'list_pattern',
  'tuple',
  'list',
  'expression_list',
  'list_splat_pattern',
  'as_pattern_target',
  'parenthesized_expression',
  'case_pattern',
  'dotted_name',
  'class_pattern',
  'keyword_pattern',
]);

/** The plain names that a target assigns. */
export function namesIn(text: string, node: SyntaxNode): readonly string[] {
  const names: string[] = [];
  const stack = [node];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (at.type === 'identifier') names.push(text.slice(at.start, at.end));
    else if (containers.has(at.type)) stack.push(...at.children);
  }
  return names;
}

/** A name that an import binds: the module it comes from, and the member of it, or `*` for the module itself. */
export type ImportedName = { readonly name: string; readonly module: string; readonly member: string };

/** What an import statement binds. Relative modules keep their leading dots. */
export function importedNames(text: string, node: SyntaxNode): readonly ImportedName[] {
  const from = node.child('module_name');
  const module = from === undefined ? '' : text.slice(from.start, from.end).replaceAll(/\s+/gu, '');
  return node.children.flatMap((child): ImportedName[] => {
    if (child.field !== 'name') return [];
    const written = child.type === 'aliased_import' ? child.child('name') : child;
    const alias = child.type === 'aliased_import' ? child.child('alias') : undefined;
    const dotted = written === undefined ? '' : text.slice(written.start, written.end).replaceAll(/\s+/gu, '');
    if (from !== undefined) return [{ name: alias === undefined ? dotted : text.slice(alias.start, alias.end), module, member: dotted }];
    if (alias !== undefined) return [{ name: text.slice(alias.start, alias.end), module: dotted, member: '*' }];
    return [{ name: dotted.split('.', 1)[0] ?? dotted, module: dotted.split('.', 1)[0] ?? dotted, member: '*' }];
  });
}
