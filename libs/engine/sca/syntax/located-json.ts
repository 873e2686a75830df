/** A JSON value whose objects and arrays know their lines. */
export type LocatedJson = {
  readonly value: unknown;
  /** Lines (1-based, inclusive) of an object or array of `value`; undefined for anything else. The first line is that of its key. */
  readonly linesOf: (value: unknown) => Lines | undefined;
};
type Lines = { readonly startLine: number; readonly endLine: number };

const depthMax = 200; // the deepest npm tree seen has 30; the stack ends at thousands

/**
 * Parses JSON and remembers where its objects stand; with `lenient`, comments and trailing commas pass too (bun.lock). A key `__proto__` is
 * an ordinary key of a plain object. Undefined when the text is no JSON or nests deeper than 200. Source: RFC 8259.
 */
export function parseLocatedJson(text: string, lenient = false): LocatedJson | undefined {
  const places = new WeakMap<object, Lines>();
  const state: State = { text, at: 0, line: 1, lenient, places, failed: false };
  const value = readValue(state, { depth: 0, startLine: 1 });
  skipBlank(state);
  if (state.failed || state.at < text.length) return undefined;
  return { value, linesOf: (of) => (typeof of === 'object' && of !== null ? places.get(of) : undefined) };
}

type State = {
  readonly text: string;
  at: number;
  line: number;
  readonly lenient: boolean;
  readonly places: WeakMap<object, Lines>;
  failed: boolean;
};
type Where = { readonly depth: number; readonly startLine: number };

function readValue(state: State, where: Where): unknown {
  skipBlank(state);
  const first = state.text[state.at];
  if (where.depth > depthMax || first === undefined) return fail(state);
  if (first === '{') return readObject(state, where);
  if (first === '[') return readArray(state, where);
  if (first === '"') return readString(state);
  return readScalar(state);
}

function readObject(state: State, where: Where): unknown {
  const entries: [string, unknown][] = [];
  state.at += 1;
  for (;;) {
    skipBlank(state);
    if (take(state, '}') && (entries.length === 0 || state.lenient)) break;
    const line = state.line;
    const key = state.text[state.at] === '"' ? readString(state) : fail(state);
    skipBlank(state);
    if (state.failed || typeof key !== 'string' || !take(state, ':')) return fail(state);
    entries.push([key, readValue(state, { depth: where.depth + 1, startLine: line })]);
    skipBlank(state);
    if (take(state, ',')) continue;
    if (take(state, '}')) break;
    return fail(state);
  }
  return place(state, Object.fromEntries(entries), where);
}

function readArray(state: State, where: Where): unknown {
  const items: unknown[] = [];
  state.at += 1;
  for (;;) {
    skipBlank(state);
    if (take(state, ']') && (items.length === 0 || state.lenient)) break;
    if (state.failed) return undefined;
    items.push(readValue(state, { depth: where.depth + 1, startLine: state.line }));
    skipBlank(state);
    if (take(state, ',')) continue;
    if (take(state, ']')) break;
    return fail(state);
  }
  return place(state, items, where);
}

function place(state: State, value: object, { startLine }: Where): object {
  state.places.set(value, { startLine, endLine: state.line });
  return value;
}

function readString(state: State): unknown {
  let end = state.at + 1;
  for (; state.text[end] !== '"'; end += state.text[end] === '\\' ? 2 : 1) {
    if (end >= state.text.length || state.text[end] === '\n') return fail(state);
  }
  const raw = state.text.slice(state.at, end + 1);
  state.at = end + 1;
  return raw.includes('\\') ? parseScalar(state, raw) : raw.slice(1, -1);
}

function readScalar(state: State): unknown {
  const scalar = /(?:true|false|null|-?\d[\d.eE+-]{0,400})/uy;
  scalar.lastIndex = state.at;
  const raw = scalar.exec(state.text)?.[0];
  if (raw === undefined) return fail(state);
  state.at += raw.length;
  return parseScalar(state, raw);
}

function parseScalar(state: State, raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return fail(state);
  }
}

function take(state: State, sign: string): boolean {
  if (state.text[state.at] !== sign) return false;
  state.at += 1;
  return true;
}

function fail(state: State): unknown {
  state.failed = true;
  return undefined;
}

function skipBlank(state: State): void {
  const { text } = state;
  for (; state.at < text.length; state.at++) {
    const code = text.charCodeAt(state.at);
    if (code === 10) state.line += 1;
    else if (code === 47 && state.lenient && skipComment(state)) continue;
    else if (code !== 32 && code !== 9 && code !== 13) return;
  }
}

// Leaves the position on the last character of the comment.
function skipComment(state: State): boolean {
  const { text, at } = state;
  if (text[at + 1] === '/') {
    const end = text.indexOf('\n', at);
    state.at = (end < 0 ? text.length : end) - 1;
    return true;
  }
  if (text[at + 1] !== '*') return false;
  const end = text.indexOf('*/', at + 2);
  const last = end < 0 ? text.length - 1 : end + 1;
  state.line += text.slice(at, last).split('\n').length - 1;
  state.at = last;
  return true;
}
