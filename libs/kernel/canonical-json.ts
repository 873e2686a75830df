/** A value that JSON can carry without loss. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * Renders a value as canonical JSON: keys sorted by UTF-16 code unit, no white space, `undefined` members left out.
 * The bytes are made once and hashed; they are never parsed and rendered again. Numbers must be finite.
 * Source: RFC 8785 (JCS), whose number and string forms are those of ECMAScript's JSON.stringify.
 */
export function canonicalJson(value: Json): string {
  // each audit event passes here: the engine renders a whole tree in half the time that it takes to put one together by hand
  const ordered = inOrder(value);
  return ordered === undefined ? rendered(value) : JSON.stringify(ordered);
}

/** The same value with its members in order, or nothing where an object cannot keep that order. */
function inOrder(value: Json): Json | undefined {
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) {
    const items = value.map(inOrder);
    return items.every((item) => item !== undefined) ? items : undefined;
  }
  const ordered: Record<string, Json> = {};
  for (const key of Object.keys(value).sort(byCodeUnit)) {
    const member = value[key];
    if (member === undefined) continue;
    const inner = movedKey.test(key) ? undefined : inOrder(member);
    if (inner === undefined) return undefined;
    ordered[key] = inner;
  }
  return ordered;
}

// an object puts numbers before all others, in the order of their values, and one name is not a member but where it inherits from
const movedKey = /^(?:[0-9]|__proto__$)/u;

function rendered(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(rendered).join(',')}]`;
  const members = Object.keys(value)
    .sort(byCodeUnit)
    .flatMap((key) => {
      const member = value[key];
      return member === undefined ? [] : [`${JSON.stringify(key)}:${rendered(member)}`];
    });
  return `{${members.join(',')}}`;
}

function isList(value: readonly Json[] | object): value is readonly Json[] {
  return Array.isArray(value);
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
