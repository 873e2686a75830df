import type { TypeName } from '../../ir/module.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';

/** Names that a file can use for types of other files and of its own. */
export type FileNames = {
  readonly packageName: string;
  /** `import a.b.C`: by the simple name. */
  readonly imported: ReadonlyMap<string, string>;
  /** `import a.b.*`: the packages. */
  readonly packages: readonly string[];
  /** `import static a.b.C.m`: the class, by the member's name. */
  readonly importedMembers: ReadonlyMap<string, string>;
  /** `import static a.b.C.*`: the classes. */
  readonly memberClasses: readonly string[];
  /** Full names of the classes that the file declares, by their simple names. */
  readonly declared: Map<string, string>;
};

/** Reads the package and the imports of a file. */
export function readFileNames(text: string, program: SyntaxNode): FileNames {
  const imported = new Map<string, string>();
  const importedMembers = new Map<string, string>();
  const packages: string[] = [];
  const memberClasses: string[] = [];
  let packageName = '';
  for (const node of program.children) {
    if (node.type === 'package_declaration') packageName = qualified(text, node);
    if (node.type !== 'import_declaration') continue;
    const name = qualified(text, node);
    const isStatic = /^import\s+static\b/u.test(text.slice(node.start, node.end));
    const isWhole = node.ofType('asterisk') !== undefined;
    const last = name.lastIndexOf('.');
    if (isWhole) (isStatic ? memberClasses : packages).push(name);
    else if (isStatic) importedMembers.set(name.slice(last + 1), name.slice(0, last));
    else imported.set(name.slice(last + 1), name);
  }
  const declared = new Map<string, string>();
  declareClasses(text, program, { prefix: packageName, declared });
  return { packageName, imported, packages, importedMembers, memberClasses, declared };
}

/** The names that a simple name of a type may stand for, the likeliest first, joined by `|`. */
export function candidatesOf(names: FileNames, simple: string): string {
  const known = names.imported.get(simple) ?? names.declared.get(simple);
  if (known !== undefined) return known;
  const own = names.packageName === '' ? simple : `${names.packageName}.${simple}`;
  return [own, ...names.packages.map((name) => `${name}.${simple}`), `java.lang.${simple}`].join('|');
}

const numbers: ReadonlySet<string> = new Set(
  'int long short byte float double char Integer Long Short Byte Float Double Character Number BigInteger BigDecimal UUID AtomicInteger AtomicLong LocalDate LocalDateTime Instant Date'.split(
    ' ',
  ),
);

/** What a type says of values: full names, or `number` and `boolean` for what no text fits into. Undefined when it says nothing. */
export function typeNameOf(text: string, names: FileNames, node: SyntaxNode | undefined): TypeName | undefined {
  const written = writtenType(text, node);
  if (written === undefined || written === 'String' || written === 'Object' || written === 'var' || /^[A-Z]$/u.test(written))
    return undefined;
  const last = written.slice(written.lastIndexOf('.') + 1);
  if (numbers.has(last)) return { name: 'number', from: undefined };
  if (last === 'boolean' || last === 'Boolean') return { name: 'boolean', from: undefined };
  return { name: fullTypeName(names, written), from: undefined };
}

/** The full names that a written type may have. */
export function fullTypeName(names: FileNames, written: string): string {
  const [head = '', ...rest] = written.split('.');
  if (rest.length === 0) return candidatesOf(names, head);
  if (/^\p{Ll}/u.test(head)) return written;
  return candidatesOf(names, head)
    .split('|')
    .map((name) => [name, ...rest].join('.'))
    .join('|');
}

/** A type as it is written, without arguments and annotations; undefined for arrays. */
export function writtenType(text: string, node: SyntaxNode | undefined): string | undefined {
  switch (node?.type) {
    case 'type_identifier':
    case 'identifier':
    case 'integral_type':
    case 'floating_point_type':
    case 'boolean_type':
      return text.slice(node.start, node.end);
    case 'scoped_type_identifier':
      return text.slice(node.start, node.end).replaceAll(/<[^<>]*>|\s+|@\w+/gu, '');
    case 'generic_type':
    case 'annotated_type':
      return writtenType(
        text,
        node.children.find((child) => child.type.endsWith('type_identifier') || child.type === 'generic_type'),
      );
    default:
      return undefined;
  }
}

/** `a.b.C` as it stands in a package or import declaration. */
function qualified(text: string, node: SyntaxNode): string {
  const name = node.children.find((child) => child.type === 'scoped_identifier' || child.type === 'identifier');
  return name === undefined ? '' : text.slice(name.start, name.end).replaceAll(/\s+/gu, '');
}

export const classTypes: ReadonlySet<string> = new Set([
  'class_declaration',
  'interface_declaration',
  'enum_declaration',
  'record_declaration',
  'annotation_type_declaration',
]);

const bodies: ReadonlySet<string> = new Set([
  'class_body',
  'interface_body',
  'enum_body',
  'enum_body_declarations',
  'annotation_type_body',
]);
const nestedMax = 20; // classes in classes; deeper ones are not known by name

function declareClasses(
  text: string,
  node: SyntaxNode,
  known: { readonly prefix: string; readonly declared: Map<string, string>; readonly depth?: number },
): void {
  const { prefix, declared, depth = 0 } = known;
  if (depth > nestedMax) return;
  for (const child of node.children) {
    if (bodies.has(child.type)) declareClasses(text, child, { prefix, declared, depth: depth + 1 });
    if (!classTypes.has(child.type)) continue;
    const name = child.child('name');
    if (name === undefined) continue;
    const simple = text.slice(name.start, name.end);
    const full = prefix === '' ? simple : `${prefix}.${simple}`;
    if (!declared.has(simple)) declared.set(simple, full);
    declareClasses(text, child, { prefix: full, declared, depth: depth + 1 });
  }
}
