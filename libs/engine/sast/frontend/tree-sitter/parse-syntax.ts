import type { Language, Parser, Tree, TreeCursor } from 'web-tree-sitter';
import { err, ok, type Result } from '@lib/kernel';
import { SyntaxNode } from './syntax-node.ts';

/** Why a file has no syntax tree; the codes are coverage reasons. */
export type SyntaxParseError = { readonly code: 'syntax_error' | 'limit_reached'; readonly detail: string };

/** A syntax tree, and whether some of the text was not understood. */
export type SyntaxTree = { readonly root: SyntaxNode; readonly hasErrors: boolean };

/** Bounds of one parse. `stepsMax` counts the parser's own reports of progress, one for each hundred or so of its operations: no clock. */
export type SyntaxBounds = { readonly stepsMax: number; readonly nodesMax: number; readonly depthMax: number };

/** Parses a text with bounds on work, nodes and depth. Errors: `limit_reached` past one of them. */
export function parseSyntax(parser: Parser, text: string, bounds: SyntaxBounds): Result<SyntaxTree, SyntaxParseError> {
  const tree = parseBounded(parser, text, bounds.stepsMax);
  if (tree === undefined) return err({ code: 'limit_reached', detail: 'steps of the parser' });
  try {
    return copyTree(tree, bounds);
  } finally {
    tree.delete(); // memory of the parser is not the collector's
  }
}

function parseBounded(parser: Parser, text: string, stepsMax: number): Tree | undefined {
  let steps = 0;
  const isOver = (): boolean => ++steps > stepsMax;
  try {
    const tree = parser.parse(text, null, { progressCallback: isOver });
    if (tree === null) parser.reset(); // it would go on with the rest of this text
    return tree ?? undefined;
  } catch {
    parser.reset();
    return undefined; // the parser's memory is bounded too
  }
}

/** Copies what the front ends need out of the parser's memory, in one walk without recursion. */
function copyTree(tree: Tree, bounds: SyntaxBounds): Result<SyntaxTree, SyntaxParseError> {
  const cursor = tree.walk();
  const root = new SyntaxNode(cursor.nodeType, undefined, cursor.startIndex);
  root.end = cursor.endIndex;
  try {
    const limit = copyBelow({ cursor, language: tree.language, kinds: kindsOf(tree.language) }, root, bounds);
    return limit === undefined ? ok({ root, hasErrors: tree.rootNode.hasError }) : err({ code: 'limit_reached', detail: limit });
  } finally {
    cursor.delete();
  }
}

type Copy = { readonly cursor: TreeCursor; readonly language: Language; readonly kinds: readonly Kind[] };

/** Gives the limit that was reached, if one was. */
function copyBelow(copy: Copy, root: SyntaxNode, bounds: SyntaxBounds): string | undefined {
  const { cursor } = copy;
  const open: SyntaxNode[] = [root];
  let parent = root;
  let nodes = 1;
  if (!cursor.gotoFirstChild()) return undefined;
  for (;;) {
    const node = copyNode(copy);
    if (node !== undefined) {
      parent.add(node);
      if (++nodes > bounds.nodesMax) return 'nodes in one file';
      if (cursor.gotoFirstChild()) {
        if (open.length > bounds.depthMax) return `nesting of ${String(open.length)}`;
        open.push(node);
        parent = node;
        continue;
      }
    }
    while (!cursor.gotoNextSibling()) {
      open.pop();
      const above = open.at(-1);
      if (above === undefined) return undefined;
      parent = above;
      cursor.gotoParent();
    }
  }
}

/** The node in hand, unless it is a comment or a token that says nothing. Each question to the cursor costs, so few are asked. */
function copyNode({ cursor, language, kinds }: Copy): SyntaxNode | undefined {
  const type = cursor.nodeTypeId;
  const kind = kinds[type] ?? 'named'; // the type of errors is past the list
  if (kind === 'silent') return undefined;
  const field = cursor.currentFieldId;
  if (kind === 'token' && field === 0) return undefined;
  const node = new SyntaxNode(
    language.types[type] ?? 'ERROR',
    field === 0 ? undefined : (language.fields[field] ?? undefined),
    cursor.startIndex,
  );
  node.end = cursor.endIndex;
  return node;
}

/** What the type of a node says of it: `token` stands for words and signs of the language, of which those in a field matter. */
type Kind = 'named' | 'token' | 'silent';

const kindsByLanguage = new WeakMap<Language, readonly Kind[]>();
const signs: ReadonlySet<string> = new Set(['(', ')', '{', '}', '[', ']', ',', ';', '.', ':']);

function kindsOf(language: Language): readonly Kind[] {
  const known = kindsByLanguage.get(language);
  if (known !== undefined) return known;
  const kinds = language.types.map((name, type): Kind => {
    if (language.nodeTypeIsNamed(type)) return name.endsWith('comment') ? 'silent' : 'named';
    return signs.has(name) ? 'silent' : 'token';
  });
  kindsByLanguage.set(language, kinds);
  return kinds;
}
