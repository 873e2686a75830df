import type { Expression } from '../hcl/syntax.ts';
import { scalar, type Entry, type MapValue, type Value } from '../model/value.ts';
import { evaluate } from './evaluate.ts';
import { spend, type Scope } from './scope.ts';

/**
 * Fills in what `optional(type, default)` says of the members that a value leaves out. The parser bounds the depth of types.
 * Source: https://developer.hashicorp.com/terraform/language/expressions/type-constraints#optional-object-type-attributes
 */
export function withTypeDefaults(value: Value, type: Expression, scope: Scope): Value {
  if (type.kind !== 'call' || !spend(scope)) return value;
  const [inner] = type.parameters;
  const fill = inner === undefined ? undefined : fillers.get(type.name);
  return inner === undefined || fill === undefined ? value : fill(value, inner, scope);
}

type Fill = (value: Value, inner: Expression, scope: Scope) => Value;

const fillers: ReadonlyMap<string, Fill> = new Map<string, Fill>([
  ['optional', withTypeDefaults],
  ['object', fillObject],
  ['map', fillMap],
  ['list', fillList],
  ['set', fillList],
]);

function fillMap(value: Value, inner: Expression, scope: Scope): Value {
  if (value.kind !== 'map') return value;
  const entries = [...value.entries].map(
    ([key, entry]) => [key, { ...entry, value: withTypeDefaults(entry.value, inner, scope) }] as const,
  );
  return { ...value, entries: new Map(entries) };
}

function fillList(value: Value, inner: Expression, scope: Scope): Value {
  return value.kind === 'list' ? { ...value, items: value.items.map((item) => withTypeDefaults(item, inner, scope)) } : value;
}

function fillObject(value: Value, inner: Expression, scope: Scope): Value {
  if (value.kind !== 'map' || inner.kind !== 'object') return value;
  const entries = new Map<string, Entry>(value.entries);
  for (const { key, value: type } of inner.items) {
    const name = key.kind === 'literal' ? String(key.value) : '';
    const given = entries.get(name);
    const isGiven = given !== undefined && !(given.value.kind === 'scalar' && given.value.value === null);
    const filled = isGiven ? withTypeDefaults(given.value, type, scope) : missing(value, type, scope);
    if (filled !== undefined) entries.set(name, { place: given?.place ?? value.place, value: filled });
  }
  return { ...value, entries };
}

function missing(value: MapValue, type: Expression, scope: Scope): Value | undefined {
  if (value.open || type.kind !== 'call' || type.name !== 'optional') return undefined;
  const [inner, otherwise] = type.parameters;
  const made = otherwise === undefined ? scalar(null, value.place) : evaluate(otherwise, scope);
  return inner === undefined ? made : withTypeDefaults(made, inner, scope);
}
