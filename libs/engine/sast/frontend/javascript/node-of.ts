import type { Node } from 'oxc-parser';

/** The syntax node with this `type`; a node whose type is one of several counts for each of them. */
export type NodeOf<T extends Node['type']> = Distribute<Node, T>;
type Distribute<N, T> = N extends { readonly type: infer U } ? (T extends U ? N : never) : never;

/** Something done per kind of node: the node is narrowed by its key in the table. Methods, so that the table can be called with any node. */
export type NodeTable<C, R> = { readonly [T in Node['type']]?: { visit(context: C, node: NodeOf<T>): R }['visit'] };
export type NodeVisitor<C, R> = { visit(context: C, node: Node): R }['visit'];

/** The same for things that are done for their effect. */
export type ActionTable<C> = { readonly [T in Node['type']]?: { visit(context: C, node: NodeOf<T>): void }['visit'] };
export type NodeAction<C> = { visit(context: C, node: Node): void }['visit'];

export function actionsByType<C>(table: ActionTable<C>): ReadonlyMap<string, NodeAction<C>> {
  const entries: [string, NodeAction<C> | undefined][] = Object.entries(table);
  const actions = new Map<string, NodeAction<C>>();
  for (const [type, action] of entries) if (action !== undefined) actions.set(type, action);
  return actions;
}

/** A table that is asked by the type of a node that is only known at run time. */
export function visitorsByType<C, R>(table: NodeTable<C, R>): ReadonlyMap<string, NodeVisitor<C, R>> {
  const entries: [string, NodeVisitor<C, R> | undefined][] = Object.entries(table);
  const visitors = new Map<string, NodeVisitor<C, R>>();
  for (const [type, visitor] of entries) if (visitor !== undefined) visitors.set(type, visitor);
  return visitors;
}
