import { err, ok, type Result } from '@lib/kernel';
import { isMap, isScalar, isSeq, parseDocument, stringify, type Node } from 'yaml';

/** What only the cluster or the moment of the installation knows. */
export const unknowable = { isUnknowable: true } as const;

/** A value of a Go template. */
export type GoValue = string | number | boolean | null | typeof unknowable | readonly GoValue[] | ReadonlyMap<string, GoValue>;

/** Says whether a value is a map. */
export function isGoMap(value: GoValue): value is ReadonlyMap<string, GoValue> {
  return value instanceof Map;
}

/** Says whether a value is a list. */
export function isGoList(value: GoValue): value is readonly GoValue[] {
  return Array.isArray(value);
}

/** Reads YAML, such as a chart's `values.yaml`. Errors: it is broken, or nested too deeply. */
export function readGoValue(text: string): Result<GoValue, 'unreadable'> {
  try {
    const document = parseDocument(text, { uniqueKeys: false, logLevel: 'silent', prettyErrors: false, merge: true });
    return document.errors.length > 0 ? err('unreadable') : ok(fromNode(document.contents));
  } catch {
    // the parser recurses once for each level of nesting
    return err('unreadable');
  }
}

function fromNode(node: Node | null): GoValue {
  if (isScalar(node)) {
    const { value } = node;
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
  }
  if (isSeq(node)) return node.items.map((item) => fromNode(asNode(item)));
  if (!isMap(node)) return node === null ? null : unknowable;
  return new Map(node.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '', fromNode(asNode(pair.value))] as const));
}

function asNode(value: unknown): Node | null {
  return isScalar(value) || isSeq(value) || isMap(value) ? value : null;
}

/** Go's idea of a value that is not there: false, zero, nothing, empty. Undefined when nobody knows. */
export function isEmpty(value: GoValue): boolean | undefined {
  if (value === unknowable) return undefined;
  if (isGoMap(value)) return value.size === 0;
  if (isGoList(value)) return value.length === 0;
  return value === null || value === false || value === 0 || value === '';
}

/** Says whether a value is known through and through. */
export function isKnown(value: GoValue): boolean {
  if (isGoMap(value)) return [...value.values()].every(isKnown);
  return isGoList(value) ? value.every(isKnown) : value !== unknowable;
}

/** A value as YAML, as `toYaml` writes it: no line at the end, long texts on one line. */
export function toYaml(value: GoValue): string {
  return stringify(toPlain(value), { lineWidth: 0, singleQuote: false }).trimEnd();
}

/** A value as JSON. */
export function toJson(value: GoValue): string {
  return JSON.stringify(toPlain(value));
}

function toPlain(value: GoValue): unknown {
  if (isGoMap(value)) return Object.fromEntries([...value].map(([key, inner]) => [key, toPlain(inner)] as const));
  return isGoList(value) ? value.map(toPlain) : value === unknowable ? null : value;
}
