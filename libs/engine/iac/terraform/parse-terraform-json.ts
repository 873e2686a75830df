import { isMap, isScalar, isSeq, parseDocument, type Node } from 'yaml';
import { limits } from '@lib/contract';
import { parseExpression } from '../hcl/parse-expression.ts';
import type { HclFile } from '../hcl/parse-hcl.ts';
import { parseText } from '../hcl/parse-template.ts';
import type { Attribute, Block, Body, Expression, Span } from '../hcl/syntax.ts';
import type { SourceFile } from '../model/value.ts';

/**
 * Parses Terraform's JSON syntax into the tree that the native syntax makes; `${}` in strings is parsed as a template.
 * A nested block is an attribute here, since both are members of an object. Source: https://developer.hashicorp.com/terraform/language/syntax/json
 */
export function parseTerraformJson(file: SourceFile): HclFile {
  const root = parseJson(file.source.text);
  const nothing: Body = { attributes: [], blocks: [] };
  if (root === undefined) return { body: nothing, problems: [{ code: 'limit_reached', offset: 0, detail: 'nested too deeply' }] };
  if (root.error !== undefined) return { body: nothing, problems: [{ code: 'syntax_error', offset: root.error, detail: 'not JSON' }] };
  const reading: Reading = { file, nodes: 0 };
  const body = file.path.endsWith('.tfvars.json') ? bodyOf(root.node, reading) : rootBody(root.node, reading);
  if (reading.nodes <= limits.iacNodesMax) return { body, problems: [] };
  return { body: nothing, problems: [{ code: 'limit_reached', offset: 0, detail: 'too many nodes' }] };
}

type Reading = { readonly file: SourceFile; nodes: number };

function parseJson(text: string): { readonly node: Node | null; readonly error: number | undefined } | undefined {
  try {
    const document = parseDocument(text, { uniqueKeys: false, logLevel: 'silent', prettyErrors: false });
    return { node: document.contents, error: document.errors[0]?.pos[0] };
  } catch {
    // the parser recurses once for each level of nesting
    return undefined;
  }
}

const labelCounts: ReadonlyMap<string, number> = new Map([
  ['resource', 2],
  ['data', 2],
  ['provider', 1],
  ['variable', 1],
  ['output', 1],
  ['module', 1],
  ['locals', 0],
  ['terraform', 0],
]);

function rootBody(root: Node | null, reading: Reading): Body {
  const blocks = membersOf(root).flatMap(({ name, value }) => blocksAt(value, { type: name, labels: [] }, reading));
  return { attributes: [], blocks };
}

type Named = { readonly type: string; readonly labels: readonly string[] };

// The labels of a block are the keys of nested objects; several blocks of one name are a list.
function blocksAt(node: Node | null, { type, labels }: Named, reading: Reading): readonly Block[] {
  if (isSeq(node)) return node.items.flatMap((item) => blocksAt(asNode(item), { type, labels }, reading));
  if (!isMap(node)) return [];
  if (labels.length < (labelCounts.get(type) ?? 0))
    return membersOf(node).flatMap(({ name, value }) => blocksAt(value, { type, labels: [...labels, name] }, reading));
  const span = spanOf(node);
  return [{ type, labels, body: bodyOf(node, reading), span, head: { start: span.start, end: span.start + 1 } }];
}

function bodyOf(node: Node | null, reading: Reading): Body {
  const attributes: Attribute[] = [];
  const blocks: Block[] = [];
  for (const { name, value, span } of membersOf(node)) {
    if (name === 'dynamic') blocks.push(...membersOf(value).flatMap((inner) => dynamicBlocks(inner, reading)));
    else if (name !== '//') attributes.push({ name, value: expressionOf(value, reading), span });
  }
  return { attributes, blocks };
}

// `"dynamic": { "ingress": { "for_each": ..., "content": { ... } } }`
function dynamicBlocks({ name, value }: Member, reading: Reading): readonly Block[] {
  const written = isSeq(value) ? value.items.map(asNode) : [value];
  return written.map((one) => {
    const span = spanOf(one);
    const content = membersOf(one).flatMap((member) =>
      member.name === 'content'
        ? [{ type: 'content', labels: [], body: bodyOf(member.value, reading), span: member.span, head: member.span }]
        : [],
    );
    const attributes = bodyOf(one, reading).attributes.filter((attribute) => attribute.name !== 'content');
    return { type: 'dynamic', labels: [name], body: { attributes, blocks: content }, span, head: span };
  });
}

function expressionOf(node: Node | null, reading: Reading): Expression {
  const span = spanOf(node);
  if (++reading.nodes > limits.iacNodesMax) return { kind: 'broken', span };
  if (isSeq(node)) return { kind: 'tuple', span, items: node.items.map((item) => expressionOf(asNode(item), reading)) };
  if (isMap(node)) {
    const items = membersOf(node).map((member) => ({
      key: textOf(member.name, member.span, reading),
      value: expressionOf(member.value, reading),
      span: member.span,
    }));
    return { kind: 'object', span, items };
  }
  const value = isScalar(node) ? node.value : null;
  if (typeof value === 'string') return textOf(value, span, reading);
  return { kind: 'literal', span, value: typeof value === 'number' || typeof value === 'boolean' ? value : null };
}

function textOf(text: string, span: Span, reading: Reading): Expression {
  if (!/[$%]\{/u.test(text)) return { kind: 'literal', span, value: text };
  reading.nodes += text.length / 8; // what a template may hold
  return parseText(text, span.start + 1, parseExpression);
}

type Member = { readonly name: string; readonly value: Node | null; readonly span: Span };

function membersOf(node: Node | null): readonly Member[] {
  if (!isMap(node)) return [];
  return node.items.flatMap((pair) => {
    const key = asNode(pair.key);
    const value = asNode(pair.value);
    const span = { start: spanOf(key).start, end: Math.max(spanOf(key).end, spanOf(value).end) };
    return isScalar(key) ? [{ name: String(key.value), value, span }] : [];
  });
}

function spanOf(node: Node | null): Span {
  return { start: node?.range?.[0] ?? 0, end: node?.range?.[1] ?? 0 };
}

function asNode(value: unknown): Node | null {
  return isScalar(value) || isSeq(value) || isMap(value) ? value : null;
}
