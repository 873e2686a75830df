import type { SourceText } from '@lib/engine/sdk';

/** A file that a value was read from. */
export type SourceFile = { readonly path: string; readonly sha256: string; readonly source: SourceText };

/** Where something is written: offsets into its file. `patch`: it was written for the very thing that it is now a part of, in another file. */
export type Place = { readonly file: SourceFile; readonly start: number; readonly end: number; readonly patch?: true };

type Base = {
  readonly place: Place;
  /** Addresses of resources that the value was made from; what associates one resource with another. */
  readonly refs: readonly string[];
};

export type ScalarValue = Base & { readonly kind: 'scalar'; readonly value: string | number | boolean | null };
export type ListValue = Base & { readonly kind: 'list'; readonly items: readonly Value[]; readonly open: boolean };
export type MapValue = Base & { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Entry>; readonly open: boolean };
/** One member of a map; the place covers key and value. */
export type Entry = { readonly place: Place; readonly value: Value };
/** Text that encodes a value, as `jsonencode` makes it: the value is kept, so that its parts keep their places. */
export type EncodedValue = Base & { readonly kind: 'encoded'; readonly value: Value };
/** What nobody can know from the files. `text` is the known part of a string, with `hole` for each unknown piece. */
export type UnknownValue = Base & { readonly kind: 'unknown'; readonly text: string | undefined; readonly isError?: true };

/** Configuration of any format as a value with places. `open` collections may hold more than what is known of them. */
export type Value = ScalarValue | ListValue | MapValue | EncodedValue | UnknownValue;

/** Stands in a partly known text for what is unknown: OBJECT REPLACEMENT CHARACTER, which configuration does not contain. */
export const hole = '\uFFFC';

/** A known scalar. */
export function scalar(value: ScalarValue['value'], place: Place, refs: readonly string[] = []): ScalarValue {
  return { kind: 'scalar', value, place, refs };
}

/** A value that cannot be known here. */
export function unknown(place: Place, refs: readonly string[] = [], text?: string): UnknownValue {
  return { kind: 'unknown', text, place, refs };
}

/** What an expression is that cannot be evaluated at all, as `{}.a`: `try` and `can` tell it from what is merely not known. */
export function impossible(place: Place): UnknownValue {
  return { kind: 'unknown', text: undefined, place, refs: [], isError: true };
}

/** A list; open when it may hold more items. */
export function list(items: readonly Value[], place: Place, open = false): ListValue {
  return { kind: 'list', items, place, refs: [], open };
}

/** A map; open when it may hold more members. */
export function map(entries: ReadonlyMap<string, Entry>, place: Place, open = false): MapValue {
  return { kind: 'map', entries, place, refs: [], open };
}

/** The text of a known scalar; undefined for everything else and for null. */
export function textOf(value: Value | undefined): string | undefined {
  return value?.kind === 'scalar' && value.value !== null ? String(value.value) : undefined;
}

/** The member of a map, or undefined. Null counts as absent. */
export function member(value: Value | undefined, name: string): Value | undefined {
  if (value?.kind !== 'map') return undefined;
  const found = value.entries.get(name)?.value;
  return found?.kind === 'scalar' && found.value === null ? undefined : found;
}

/** The items of a list, the one item of anything else, nothing of nothing. */
export function itemsOf(value: Value | undefined): readonly Value[] {
  if (value === undefined) return [];
  return value.kind === 'list' ? value.items : [value];
}

/** The same value with each place changed. */
export function mapPlaces(value: Value, change: (place: Place) => Place): Value {
  const place = change(value.place);
  switch (value.kind) {
    case 'list':
      return { ...value, place, items: value.items.map((item) => mapPlaces(item, change)) };
    case 'map':
      return {
        ...value,
        place,
        entries: new Map(
          [...value.entries].map(([key, entry]) => [key, { place: change(entry.place), value: mapPlaces(entry.value, change) }]),
        ),
      };
    case 'encoded':
      return { ...value, place, value: mapPlaces(value.value, change) };
    case 'scalar':
    case 'unknown':
      return { ...value, place };
  }
}

/** The first line of a place. */
export function firstLine(place: Place): Place {
  const newline = place.file.source.text.indexOf('\n', place.start);
  return newline < 0 || newline > place.end ? place : { ...place, end: newline };
}
