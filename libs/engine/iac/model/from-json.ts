import { hole, list, map, scalar, unknown, type Entry, type Place, type Value } from './value.ts';

/** JSON text as a value, every part of it at one place; undefined when it is no JSON. Unknown pieces of the text (`hole`) stay unknown. */
export function fromJson(text: string, place: Place): Value | undefined {
  try {
    return fromParsed(JSON.parse(text), place);
  } catch {
    return undefined;
  }
}

// JSON.parse bounds nothing, but its text is bounded and so is the stack that it already survived.
function fromParsed(json: unknown, place: Place): Value {
  if (typeof json === 'string') return json.includes(hole) ? unknown(place, [], json) : scalar(json, place);
  if (typeof json === 'number' || typeof json === 'boolean' || json === null) return scalar(json, place);
  if (Array.isArray(json)) {
    return list(
      json.map((item: unknown) => fromParsed(item, place)),
      place,
    );
  }
  if (typeof json !== 'object') return unknown(place);
  const entries = Object.entries(json).map(([key, value]) => [key, { place, value: fromParsed(value, place) }] as const);
  return map(new Map<string, Entry>(entries), place);
}
