import { limits } from '@lib/contract';
import { list, map, scalar, textOf, type ListValue, type Place, type Value } from '../model/value.ts';
import type { TerraformFunction } from './terraform-function.ts';

/** Terraform's functions over collections that look at the whole of them. Source: https://developer.hashicorp.com/terraform/language/functions */
export const collectionFunctions: readonly (readonly [string, TerraformFunction])[] = [
  ['one', one],
  ['sum', ([value], place) => summed(texts(value), place)],
  ['alltrue', ([value], place) => decided(texts(value), place, (all) => all.every((text) => text === 'true'))],
  ['anytrue', ([value], place) => decided(texts(value), place, (all) => all.includes('true'))],
  ['reverse', ([value]) => (value?.kind === 'list' && !value.open ? { ...value, items: value.items.toReversed() } : undefined)],
  [
    'sort',
    ([value]) => (texts(value) === undefined || value?.kind !== 'list' ? undefined : { ...value, items: value.items.toSorted(byText) }),
  ],
  ['slice', slice],
  ['index', index],
  ['range', range],
  ['chunklist', chunks],
  ['coalescelist', (values) => values.find((value) => value.kind === 'unknown' || (value.kind === 'list' && value.items.length > 0))],
  ['setunion', (values, place) => sets(values, place, (all) => all.flat())],
  [
    'setintersection',
    (values, place) => sets(values, place, ([first = [], ...rest]) => first.filter((text) => rest.every((other) => other.includes(text)))),
  ],
  ['setsubtract', (values, place) => sets(values, place, ([first = [], second = []]) => first.filter((text) => !second.includes(text)))],
  ['setproduct', product],
  ['zipmap', zipmap],
  ['matchkeys', matchKeys],
];

function closed(value: Value | undefined): ListValue | undefined {
  return value?.kind === 'list' && !value.open ? value : undefined;
}

function texts(value: Value | undefined): readonly string[] | undefined {
  const all = closed(value)?.items.map(textOf);
  const known = all?.filter((text) => text !== undefined);
  return known?.length === all?.length ? known : undefined;
}

function byText(left: Value, right: Value): number {
  return (textOf(left) ?? '') < (textOf(right) ?? '') ? -1 : 1;
}

function one([value]: readonly Value[], place: Place): Value | undefined {
  const items = closed(value)?.items;
  if (items === undefined || items.length > 1) return undefined;
  return items[0] ?? scalar(null, place);
}

function summed(all: readonly string[] | undefined, place: Place): Value | undefined {
  const total = all?.reduce((sum, text) => sum + Number(text), 0);
  return total === undefined || !Number.isFinite(total) ? undefined : scalar(total, place);
}

function decided(all: readonly string[] | undefined, place: Place, decide: (all: readonly string[]) => boolean): Value | undefined {
  return all === undefined ? undefined : scalar(decide(all), place);
}

function slice([value, from, to]: readonly Value[]): Value | undefined {
  const whole = closed(value);
  const [start, end] = [Number(textOf(from) ?? Number.NaN), Number(textOf(to) ?? Number.NaN)];
  return whole === undefined || Number.isNaN(start) || Number.isNaN(end) ? undefined : { ...whole, items: whole.items.slice(start, end) };
}

function index([value, wanted]: readonly Value[], place: Place): Value | undefined {
  const found = texts(value)?.indexOf(textOf(wanted) ?? '');
  return found === undefined || found < 0 ? undefined : scalar(found, place);
}

function range(values: readonly Value[], place: Place): Value | undefined {
  const numbers = values.map((value) => Number(textOf(value) ?? Number.NaN));
  const [start, end, step] = numbers.length === 1 ? [0, numbers[0], 1] : [numbers[0], numbers[1], numbers[2] ?? 1];
  if (start === undefined || end === undefined || !(step > 0) || !((end - start) / step <= limits.iacInstancesMax)) return undefined;
  const length = Math.max(0, Math.ceil((end - start) / step));
  return list(
    Array.from({ length }, (_, at) => scalar(start + at * step, place)),
    place,
  );
}

function chunks([value, size]: readonly Value[], place: Place): Value | undefined {
  const whole = closed(value);
  const width = Number(textOf(size));
  if (whole === undefined || !Number.isSafeInteger(width) || width < 1) return undefined;
  const count = Math.ceil(whole.items.length / width);
  return list(
    Array.from({ length: count }, (_, at) => list(whole.items.slice(at * width, (at + 1) * width), place)),
    place,
  );
}

function sets(
  values: readonly Value[],
  place: Place,
  combine: (all: readonly (readonly string[])[]) => readonly string[],
): Value | undefined {
  const all = values.flatMap((value) => {
    const known = texts(value);
    return known === undefined ? [] : [known];
  });
  if (all.length < values.length) return undefined;
  return list(
    [...new Set(combine(all))].map((text) => scalar(text, place)),
    place,
  );
}

function product(values: readonly Value[], place: Place): Value | undefined {
  let rows: readonly (readonly Value[])[] = [[]];
  for (const value of values) {
    const items = closed(value)?.items;
    if (items === undefined || rows.length * items.length > limits.iacNodesMax / 10) return undefined;
    rows = rows.flatMap((row) => items.map((item) => [...row, item]));
  }
  return list(
    rows.map((row) => list(row, place)),
    place,
  );
}

function zipmap([keys, values]: readonly Value[], place: Place): Value | undefined {
  const names = texts(keys);
  const items = closed(values)?.items;
  if (names === undefined || items?.length !== names.length) return undefined;
  return map(new Map(names.map((name, at) => [name, { place, value: items[at] ?? scalar(null, place) }] as const)), place);
}

function matchKeys([values, keys, wanted]: readonly Value[], place: Place): Value | undefined {
  const [items, names, searched] = [closed(values)?.items, texts(keys), texts(wanted)];
  if (items === undefined || names === undefined || searched === undefined) return undefined;
  return list(
    items.filter((_, at) => searched.includes(names[at] ?? '')),
    place,
  );
}
