import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';

/** What stands in parentheses. */
export function unwrapped(node: SyntaxNode): SyntaxNode {
  let at = node;
  for (let [inner] = at.children; at.type === 'parenthesized_expression' && inner !== undefined; [inner] = at.children) at = inner;
  return at;
}
