import { limits } from '@lib/contract';
import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, type Document, type Node, type Scalar } from 'yaml';
import { hole, list, map, scalar, unknown, type Entry, type Place, type SourceFile, type Value } from '../model/value.ts';
import { cloudFormationTags } from './cloudformation-tags.ts';
import { maskTemplates } from './mask-templates.ts';

/** The documents of a YAML file as values with places, or why there are none. */
export type YamlRead = {
  readonly documents: readonly Value[];
  readonly problem: { readonly code: 'syntax_error' | 'limit_reached'; readonly detail: string } | undefined;
};

/** `intrinsics`: keep the short forms of CloudFormation's functions, as the long ones; elsewhere what a tag makes is not known. */
type YamlOptions = { readonly intrinsics?: boolean };

/** Reads YAML. Aliases are followed within a bound; what a template engine would fill in is unknown, and so is what it might add. */
export function readYaml(file: SourceFile, { intrinsics = false }: YamlOptions = {}): YamlRead {
  const { text, templated } = maskTemplates(file.source.text);
  // the parser takes seconds for what has more nodes than are looked at; each node but the last has one of these behind it
  if (holdsMoreThan(text, 2 * limits.iacNodesMax)) return { documents: [], problem: { code: 'limit_reached', detail: 'too many nodes' } };
  const parsed = parse(text);
  if (parsed === undefined) return { documents: [], problem: { code: 'limit_reached', detail: 'nested too deeply' } };
  const reading: Reading = { file, templated, intrinsics, nodes: 0, aliases: 0, limited: parsed.length > limits.iacDocumentsMax };
  const documents = parsed
    .slice(0, limits.iacDocumentsMax)
    .filter((document) => document.errors.length === 0)
    .map((document) => convert(document.contents, { reading, document, depth: 0 }));
  const broken = parsed.flatMap((document) => document.errors).at(0);
  if (reading.limited) return { documents, problem: { code: 'limit_reached', detail: 'too many nodes, aliases or documents' } };
  if (broken === undefined) return { documents, problem: undefined };
  return { documents, problem: { code: 'syntax_error', detail: broken.message.split('\n')[0] ?? '' } };
}

function holdsMoreThan(text: string, count: number): boolean {
  let found = 0;
  for (let at = 0; at < text.length && found <= count; at++) if (text[at] === ',' || text[at] === '\n') found++;
  return found > count;
}

function parse(text: string): readonly Document.Parsed[] | undefined {
  try {
    const documents = parseAllDocuments(text, {
      uniqueKeys: false,
      logLevel: 'silent',
      merge: true,
      prettyErrors: false,
      customTags: cloudFormationTags,
    });
    return 'empty' in documents ? [] : documents;
  } catch {
    // the parser recurses once for each level of nesting
    return undefined;
  }
}

type Reading = {
  readonly file: SourceFile;
  readonly templated: boolean;
  readonly intrinsics: boolean;
  nodes: number;
  aliases: number;
  limited: boolean;
};
type At = { readonly reading: Reading; readonly document: Document.Parsed; readonly depth: number };

function convert(node: Node | null | undefined, at: At): Value {
  const place = placeOf(node, at);
  const { reading } = at;
  if (++reading.nodes > limits.iacNodesMax || at.depth > limits.iacDepthMax) {
    reading.limited = true;
    return unknown(place);
  }
  const next = { ...at, depth: at.depth + 1 };
  if (node === null || node === undefined) return reading.templated ? unknown(place) : scalar(null, place);
  if (isAlias(node)) return follow(node.resolve(at.document), next);
  if (isScalar(node)) return tagged(node, convertScalar(node, at, place), at);
  if (isSeq(node))
    return tagged(
      node,
      list(
        node.items.map((item) => convert(asNode(item), next)),
        place,
        reading.templated,
      ),
      at,
    );
  if (isMap(node)) return tagged(node, convertMap(node.items, next, place), at);
  return unknown(place);
}

// `!Ref X` is `{ Ref: X }`, `!Sub X` is `{ Fn::Sub: X }`.
function tagged(node: Node, value: Value, at: At): Value {
  if (node.tag?.startsWith('!') !== true) return value;
  const { place } = value;
  if (!at.reading.intrinsics) return unknown(place);
  const name = node.tag.slice(1);
  return map(new Map([[name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`, { place, value }]]), place);
}

function follow(target: Node | undefined, at: At): Value {
  at.reading.aliases++;
  if (at.reading.aliases > limits.iacAliasesMax) at.reading.limited = true;
  return at.reading.limited ? unknown(placeOf(target, at)) : convert(target, at);
}

function convertScalar(node: Scalar, at: At, place: Place): Value {
  const { value } = node;
  if (value === null) return at.reading.templated ? unknown(place) : scalar(null, place);
  if (typeof value === 'string')
    return value.includes(hole) ? unknown(place, [], value.replaceAll(/\uFFFC+/gu, hole)) : scalar(value, place);
  if (typeof value === 'number' || typeof value === 'boolean') return scalar(value, place);
  return scalar(node.source ?? '', place);
}

function convertMap(pairs: readonly { readonly key: unknown; readonly value: unknown }[], at: At, place: Place): Value {
  const entries = new Map<string, Entry>();
  let open = at.reading.templated;
  for (const pair of pairs) {
    const key = asNode(pair.key);
    const name = isScalar(key) ? nameOf(key.value) : undefined;
    const value = convert(asNode(pair.value), at);
    if (name === undefined || name.includes(hole)) open = true;
    else if (name === '<<') mergeInto(entries, value);
    else entries.set(name, { place: { ...value.place, start: placeOf(key, at).start }, value });
  }
  return map(entries, place, open);
}

// The parser makes a symbol of the merge key.
function nameOf(key: unknown): string {
  return typeof key === 'symbol' ? (key.description ?? '') : String(key);
}

// What stands beside a merge key wins over what it brings in.
function mergeInto(entries: Map<string, Entry>, value: Value): void {
  for (const source of value.kind === 'list' ? value.items : [value]) {
    if (source.kind !== 'map') continue;
    for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
  }
}

function asNode(value: unknown): Node | null {
  return isAlias(value) || isScalar(value) || isSeq(value) || isMap(value) ? value : null;
}

function placeOf(node: Node | null | undefined, at: At): Place {
  const range = node?.range;
  return { file: at.reading.file, start: range?.[0] ?? 0, end: range?.[1] ?? 0 };
}
