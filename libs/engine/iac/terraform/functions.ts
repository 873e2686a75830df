import { limits } from '@lib/contract';
import { fromJson } from '../model/from-json.ts';
import { list, map, scalar, textOf, type Entry, type Place, type Value } from '../model/value.ts';
import { collectionFunctions } from './collection-functions.ts';
import { networkFunctions } from './network-functions.ts';
import { textFunctions } from './text-functions.ts';
import type { TerraformFunction } from './terraform-function.ts';

/** Calls a Terraform function of those that need no world; undefined for any other, or when an argument is not known enough. */
export function callFunction(name: string, values: readonly Value[], place: Place): Value | undefined {
  // providers' and core's functions may be written with their namespace
  return functions.get(name.replace(/^core::/u, ''))?.(values, place);
}

const functions = new Map<string, TerraformFunction>([
  ...textFunctions,
  ...collectionFunctions,
  ...networkFunctions,
  ['jsonencode', ([value], place) => (value === undefined ? undefined : { kind: 'encoded', value, place, refs: value.refs })],
  ['jsondecode', jsondecode],
  ['yamlencode', ([value], place) => (value === undefined ? undefined : { kind: 'encoded', value, place, refs: value.refs })],
  ['merge', merge],
  ['concat', concat],
  ['format', format],
  ['join', join],
  ['split', split],
  ['flatten', flatten],
  ['distinct', distinct],
  ['compact', ([value], place) => filtered(value, place, (text) => text !== '')],
  ['tolist', sameList],
  ['toset', distinct],
  ['tomap', ([value]) => value],
  ['tostring', (values, place) => onText(values, place, (text) => text)],
  ['tonumber', (values, place) => onText(values, place, Number)],
  ['tobool', (values, place) => onText(values, place, (text) => text === 'true')],
  ['replace', replace],
  ['length', length],
  ['keys', keys],
  ['values', valuesOf],
  ['lookup', lookup],
  ['element', element],
  ['contains', contains],
  ['coalesce', coalesce],
  ['try', attempt],
  ['can', can],
  ['sensitive', ([value]) => value],
  ['nonsensitive', ([value]) => value],
]);

function jsondecode([value]: readonly Value[], place: Place): Value | undefined {
  if (value?.kind === 'encoded') return value.value;
  const text = textOf(value);
  return text === undefined ? undefined : fromJson(text, place);
}

// The first argument that can be evaluated; what is merely not known might be it.
function attempt(values: readonly Value[]): Value | undefined {
  const first = values.find((value) => !isError(value));
  return first?.kind === 'unknown' ? undefined : first;
}

function can([value]: readonly Value[], place: Place): Value | undefined {
  if (value === undefined) return undefined;
  if (isError(value)) return scalar(false, place);
  return value.kind === 'unknown' ? undefined : scalar(true, place);
}

function isError(value: Value): boolean {
  return value.kind === 'unknown' && value.isError === true;
}

function distinct([value]: readonly Value[]): Value | undefined {
  if (value?.kind !== 'list') return undefined;
  const seen = new Set<string>();
  const items = value.items.filter((item) => {
    const text = textOf(item);
    if (text === undefined) return true;
    const isNew = !seen.has(text);
    seen.add(text);
    return isNew;
  });
  return { ...value, items };
}

function onText([value]: readonly Value[], place: Place, change: (text: string) => string | number | boolean): Value | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : scalar(change(text), place, value?.refs);
}

function merge(values: readonly Value[], place: Place): Value | undefined {
  const entries = new Map<string, Entry>();
  let open = false;
  for (const value of values) {
    if (value.kind === 'map') {
      // whatever an open map hides may override what came before, so only what follows is certain
      if (value.open) entries.clear();
      open ||= value.open;
      for (const [key, entry] of value.entries) entries.set(key, entry);
    } else if (value.kind === 'unknown') {
      entries.clear();
      open = true;
    }
  }
  return map(entries, place, open);
}

function concat(values: readonly Value[], place: Place): Value | undefined {
  const items = values.flatMap((value) => (value.kind === 'list' ? value.items : []));
  return list(
    items,
    place,
    values.some((value) => value.kind !== 'list' || value.open),
  );
}

function format([pattern, ...rest]: readonly Value[], place: Place): Value | undefined {
  const texts = rest.map(textOf);
  const text = textOf(pattern);
  if (text === undefined || texts.includes(undefined) || text.replaceAll(/%[sdvq%]/gu, '').includes('%')) return undefined;
  let index = 0;
  const made = text.replaceAll(/%[sdvq%]/gu, (verb) =>
    verb === '%%' ? '%' : verb === '%q' ? `"${texts[index++] ?? ''}"` : (texts[index++] ?? ''),
  );
  return bounded(made, place, rest);
}

function join([separator, value]: readonly Value[], place: Place): Value | undefined {
  const between = textOf(separator);
  if (between === undefined || value?.kind !== 'list' || value.open) return undefined;
  const texts = value.items.map(textOf);
  return texts.includes(undefined) ? undefined : bounded(texts.join(between), place, value.items);
}

function split([separator, value]: readonly Value[], place: Place): Value | undefined {
  const between = textOf(separator);
  const text = textOf(value);
  if (between === undefined || between === '' || text === undefined) return undefined;
  return list(
    text.split(between).map((part) => scalar(part, place)),
    place,
  );
}

function bounded(text: string, place: Place, from: readonly Value[]): Value | undefined {
  const refs = from.flatMap((value) => value.refs);
  return text.length > limits.iacTextCharsMax ? undefined : scalar(text, place, refs);
}

function flatten([value]: readonly Value[], place: Place): Value | undefined {
  if (value?.kind !== 'list') return undefined;
  const items: Value[] = [];
  let open = value.open;
  // each pass opens one level; values are bounded in depth, and so are the passes
  let level: readonly Value[] = value.items;
  for (let pass = 0; pass < limits.iacDepthMax && level.some((item) => item.kind === 'list'); pass++) {
    open ||= level.some((item) => item.kind === 'list' && item.open);
    level = level.flatMap((item) => (item.kind === 'list' ? item.items : [item]));
    if (level.length > limits.iacNodesMax) return undefined;
  }
  items.push(...level);
  return list(items, place, open || items.some((item) => item.kind === 'unknown'));
}

function sameList([value]: readonly Value[]): Value | undefined {
  return value?.kind === 'list' ? value : undefined;
}

function filtered(value: Value | undefined, place: Place, keep: (text: string) => boolean): Value | undefined {
  if (value?.kind !== 'list') return undefined;
  return list(
    value.items.filter((item) => {
      const text = textOf(item);
      return text === undefined ? item.kind !== 'scalar' : keep(text);
    }),
    place,
    value.open,
  );
}

function replace([value, from, to]: readonly Value[], place: Place): Value | undefined {
  const text = textOf(value);
  const search = textOf(from);
  const substitute = textOf(to);
  // `/.../` is a regular expression of another engine
  if (text === undefined || search === undefined || substitute === undefined || search === '' || search.startsWith('/')) return undefined;
  return bounded(text.split(search).join(substitute), place, value === undefined ? [] : [value]);
}

function length([value]: readonly Value[], place: Place): Value | undefined {
  if (value?.kind === 'list' && !value.open) return scalar(value.items.length, place);
  if (value?.kind === 'map' && !value.open) return scalar(value.entries.size, place);
  const text = textOf(value);
  return text === undefined ? undefined : scalar(Array.from(text).length, place);
}

function keys([value]: readonly Value[], place: Place): Value | undefined {
  if (value?.kind !== 'map') return undefined;
  return list(
    [...value.entries].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, entry]) => scalar(key, entry.place)),
    place,
    value.open,
  );
}

function valuesOf([value]: readonly Value[], place: Place): Value | undefined {
  if (value?.kind !== 'map') return undefined;
  return list(
    [...value.entries].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry.value),
    place,
    value.open,
  );
}

function lookup([value, key, otherwise]: readonly Value[]): Value | undefined {
  const name = textOf(key);
  if (value?.kind !== 'map' || name === undefined) return undefined;
  return value.entries.get(name)?.value ?? (value.open ? undefined : otherwise);
}

function element([value, index]: readonly Value[]): Value | undefined {
  const at = Number(textOf(index));
  if (value?.kind !== 'list' || value.open || !Number.isSafeInteger(at) || at < 0 || value.items.length === 0) return undefined;
  return value.items[at % value.items.length];
}

function contains([value, wanted]: readonly Value[], place: Place): Value | undefined {
  const text = textOf(wanted);
  if (value?.kind !== 'list' || text === undefined) return undefined;
  if (value.items.some((item) => textOf(item) === text)) return scalar(true, place);
  return value.open || value.items.some((item) => item.kind === 'unknown') ? undefined : scalar(false, place);
}

function coalesce(values: readonly Value[]): Value | undefined {
  for (const value of values) {
    if (value.kind === 'unknown') return undefined;
    if (value.kind !== 'scalar' || (value.value !== null && value.value !== '')) return value;
  }
  return undefined;
}
