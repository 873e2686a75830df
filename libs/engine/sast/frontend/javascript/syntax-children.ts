import { visitorKeys, type Node } from 'oxc-parser';

/** Children that only say types: nothing in them runs. */
const typeKeys: ReadonlySet<string> = new Set([
  'typeAnnotation',
  'typeParameters',
  'typeArguments',
  'returnType',
  'implements',
  'superTypeArguments',
  'extends',
]);

const runningKeys: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(visitorKeys).map(([type, keys]) => [type, keys.filter((key) => !typeKeys.has(key))]),
);

/** Pushes the children of a node that may run onto `stack`, last child first, so that popping meets them in source order. */
export function pushChildren(node: Node, stack: { push(node: Node): unknown }): void {
  const keys = runningKeys.get(node.type);
  if (keys === undefined || !isRecord(node)) return;
  for (let at = keys.length - 1; at >= 0; at--) {
    const child = node[keys[at] ?? ''];
    if (Array.isArray(child)) {
      for (let index = child.length - 1; index >= 0; index--) pushIfNode(child[index], stack);
    } else pushIfNode(child, stack);
  }
}

function pushIfNode(value: unknown, stack: { push(node: Node): unknown }): void {
  if (isNode(value)) stack.push(value);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
