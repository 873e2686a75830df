import type { SourceText } from '@lib/engine/sdk';

/** One `key: value` (or `key value`) of a text that nests by indentation; quotes around key and value are gone. */
export type IndentedNode = {
  readonly key: string;
  readonly value: string;
  readonly line: number;
  endLine: number;
  readonly children: IndentedNode[];
};

/**
 * Reads what yarn and pnpm write: mappings that nest by indentation, one entry a line, with scalars and lists in brackets kept as text.
 * These files are written by machines in one way, and a whole YAML parser takes 20 times as long. List items (`- a`) are entries with an
 * empty key. Undefined when the text is not of that form, such as one with marks of a merge conflict.
 */
export function readIndentedTree(source: SourceText): readonly IndentedNode[] | undefined {
  if (/^(?:<<<<<<<|=======|>>>>>>>)/mu.test(source.text)) return undefined;
  const root: IndentedNode = { key: '', value: '', line: 0, endLine: 0, children: [] };
  const open: { readonly indent: number; readonly node: IndentedNode }[] = [{ indent: -1, node: root }];
  for (let line = 1; line <= source.lineCount; line++) {
    const text = source.line(line);
    const indent = text.search(/[^ ]/u);
    if (indent < 0 || /^ *#|^---$/u.test(text)) continue;
    closeTo(indent, open);
    const entry = entryOf(text.slice(indent));
    const parent = open.at(-1)?.node ?? root;
    for (const { node } of open) node.endLine = line;
    if (entry === undefined && parent === root) return undefined;
    if (entry === undefined) continue; // the rest of a text that runs over several lines
    const node: IndentedNode = { ...entry, line, endLine: line, children: [] };
    parent.children.push(node);
    open.push({ indent, node });
  }
  return root.children;
}

function closeTo(indent: number, open: { readonly indent: number }[]): void {
  while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
}

/** The first child of that name. */
export function childOf(node: IndentedNode | undefined, key: string): IndentedNode | undefined {
  return node?.children.find((child) => child.key === key);
}

function entryOf(text: string): { readonly key: string; readonly value: string } | undefined {
  if (text.startsWith('- ')) return { key: '', value: unquote(text.slice(2).trim()) };
  const quoted = /^(?:"(?<double>(?:[^"\\]|\\.)*)"|'(?<single>(?:[^']|'')*)')(?<rest>.*)$/u.exec(text)?.groups;
  if (quoted !== undefined) {
    const rest = quoted['rest'] ?? '';
    const key = quoted['double']?.replaceAll(/\\(.)/gu, '$1') ?? (quoted['single'] ?? '').replaceAll("''", "'");
    if (rest.startsWith(',')) return { key: text.replace(/:\s*$/u, ''), value: '' }; // a list of descriptors, quoted one by one
    return /^(?::|\s)/u.test(rest) ? { key, value: unquote(rest.replace(/^:/u, '').trim()) } : undefined;
  }
  const colon = /:(?=\s|$)/u.exec(text);
  if (colon !== null) return { key: text.slice(0, colon.index), value: unquote(text.slice(colon.index + 1).trim()) };
  const space = text.indexOf(' ');
  return space <= 0 ? undefined : { key: text.slice(0, space), value: unquote(text.slice(space).trim()) };
}

function unquote(text: string): string {
  const first = text[0];
  if (text.length >= 2 && first === text.at(-1) && first === '"') return text.slice(1, -1).replaceAll(/\\(.)/gu, '$1');
  if (text.length >= 2 && first === text.at(-1) && first === "'") return text.slice(1, -1).replaceAll("''", "'");
  return text;
}
