/** A regular expression as far as matching time depends on it. A set holds ASCII characters, and bit 128 for all others. */
export type RegexpNode =
  | { readonly kind: 'empty' }
  | { readonly kind: 'set'; readonly set: bigint }
  | { readonly kind: 'choice'; readonly nodes: readonly RegexpNode[] }
  | { readonly kind: 'sequence'; readonly nodes: readonly RegexpNode[] }
  | { readonly kind: 'repeat'; readonly node: RegexpNode; readonly min: number; readonly max: number };

/** The expression, whether something in it checks what stands after (`$`, a look-ahead, a word boundary), and whether each of its choices begins with `^`. */
export type ParsedRegexp = { readonly node: RegexpNode; readonly checksEnd: boolean; readonly isAnchored: boolean };

type Reader = { readonly text: string; at: number; depth: number; checksEnd: boolean; failed: boolean; readonly ignoreCase: boolean };

const depthMax = 60; // groups in groups; no one writes more
const empty: RegexpNode = { kind: 'empty' };
const everything = (1n << 129n) - 1n;
/** The set of all characters. */
export const anyCharacter = everything;
const digits = range('0', '9');
const words = digits | range('a', 'z') | range('A', 'Z') | bitOf('_');
const spaces = [' ', '\t', '\n', '\r', '\v', '\f'].reduce((set, character) => set | bitOf(character), 0n);
const lineEnds = bitOf('\n') | bitOf('\r');

/** Reads the source of a JavaScript regular expression. Undefined for what is not understood. */
export function parseRegexp(text: string, ignoreCase: boolean): ParsedRegexp | undefined {
  const reader: Reader = { text, at: 0, depth: 0, checksEnd: false, failed: false, ignoreCase };
  const node = readChoice(reader);
  return reader.failed || reader.at < text.length ? undefined : { node, checksEnd: reader.checksEnd, isAnchored: startsAnchored(text) };
}

function startsAnchored(text: string): boolean {
  let depth = 0;
  let starts = true; // whether a choice at the top begins here
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (starts && character !== '^') return false;
    starts = depth === 0 && character === '|';
    if (character === '\\') at++;
    else if (character === '(' || character === '[') depth++;
    else if (character === ')' || character === ']') depth--;
  }
  return text !== '' && !starts;
}

function readChoice(reader: Reader): RegexpNode {
  const nodes = [readSequence(reader)];
  while (reader.text[reader.at] === '|') {
    reader.at++;
    nodes.push(readSequence(reader));
  }
  return nodes.length === 1 ? (nodes[0] ?? empty) : { kind: 'choice', nodes };
}

function readSequence(reader: Reader): RegexpNode {
  const nodes: RegexpNode[] = [];
  while (reader.at < reader.text.length && !reader.failed) {
    const next = reader.text[reader.at];
    if (next === '|' || next === ')') break;
    nodes.push(readRepeated(reader));
  }
  return { kind: 'sequence', nodes };
}

function readRepeated(reader: Reader): RegexpNode {
  const node = readAtom(reader);
  const counts = readCounts(reader);
  if (counts === undefined) return node;
  if (reader.text[reader.at] === '?') reader.at++;
  return { kind: 'repeat', node, ...counts };
}

function readCounts(reader: Reader): { readonly min: number; readonly max: number } | undefined {
  const next = reader.text[reader.at];
  if (next === '*' || next === '+' || next === '?') {
    reader.at++;
    return { min: next === '+' ? 1 : 0, max: next === '?' ? 1 : Number.POSITIVE_INFINITY };
  }
  const counted = next === '{' ? /^\{(\d+)(?:(,)(\d*))?\}/u.exec(reader.text.slice(reader.at, reader.at + 24)) : null;
  if (counted === null) return undefined;
  const [whole, min = '0', comma, max = ''] = counted;
  reader.at += whole.length;
  return { min: Number(min), max: comma === undefined ? Number(min) : max === '' ? Number.POSITIVE_INFINITY : Number(max) };
}

function readAtom(reader: Reader): RegexpNode {
  const character = reader.text[reader.at] ?? '';
  reader.at++;
  switch (character) {
    case '(':
      return readGroup(reader);
    case '[':
      return { kind: 'set', set: readClass(reader) };
    case '.':
      return { kind: 'set', set: everything & ~lineEnds };
    case '^':
      return empty;
    case '$':
      reader.checksEnd = true;
      return empty;
    case '\\':
      return readEscape(reader);
    default:
      return { kind: 'set', set: cased(reader, bitOf(character)) };
  }
}

function readGroup(reader: Reader): RegexpNode {
  reader.depth++;
  if (reader.depth > depthMax) {
    reader.failed = true;
    return empty;
  }
  const head = /^\?(?:[:=!]|<[=!]|<[\w$]+>|[ims-]+:)/u.exec(reader.text.slice(reader.at, reader.at + 64))?.[0] ?? '';
  reader.at += head.length;
  const looks = head === '?=' || head === '?!' || head === '?<=' || head === '?<!';
  const node = readChoice(reader);
  if (reader.text[reader.at] !== ')') reader.failed = true;
  reader.at++;
  reader.depth--;
  if (!looks) return node;
  reader.checksEnd = true;
  return empty;
}

function readEscape(reader: Reader): RegexpNode {
  const character = reader.text[reader.at] ?? '';
  if (character === 'b' || character === 'B') {
    reader.at++;
    reader.checksEnd = true;
    return empty;
  }
  if (/[1-9k]/u.test(character)) {
    reader.at += character === 'k' ? (/^k<[^>]*>/u.exec(reader.text.slice(reader.at))?.[0].length ?? 1) : 1;
    return { kind: 'repeat', node: { kind: 'set', set: everything }, min: 0, max: 1 };
  }
  return { kind: 'set', set: cased(reader, readEscapedSet(reader)) };
}

/** The characters of an escape; the backslash is already read. */
function readEscapedSet(reader: Reader): bigint {
  const character = reader.text[reader.at] ?? '';
  reader.at++;
  const named = namedSets.get(character);
  if (named !== undefined) return named;
  if (character === 'p' || character === 'P') {
    reader.at += /^\{[^}]*\}/u.exec(reader.text.slice(reader.at, reader.at + 64))?.[0].length ?? 0;
    return everything & ~(1n << 128n) & words;
  }
  const coded = /^(?:x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]+)\}|c([a-z]))/iu.exec(
    character + reader.text.slice(reader.at, reader.at + 12),
  );
  if (coded === null) return bitOf(character);
  reader.at += coded[0].length - 1;
  const code = Number.parseInt(coded[1] ?? coded[2] ?? coded[3] ?? '0', 16);
  return 1n << BigInt(Math.min(code, 128));
}

const namedSets: ReadonlyMap<string, bigint> = new Map([
  ['d', digits],
  ['D', everything & ~digits],
  ['w', words],
  ['W', everything & ~words],
  ['s', spaces | (1n << 128n)],
  ['S', everything & ~spaces],
  ['n', bitOf('\n')],
  ['r', bitOf('\r')],
  ['t', bitOf('\t')],
]);

function readClass(reader: Reader): bigint {
  const negated = reader.text[reader.at] === '^';
  if (negated) reader.at++;
  let set = 0n;
  while (reader.at < reader.text.length && reader.text[reader.at] !== ']') {
    const low = readClassCharacter(reader);
    if (reader.text[reader.at] === '-' && reader.text[reader.at + 1] !== ']' && reader.at + 1 < reader.text.length) {
      reader.at++;
      set |= between(low, readClassCharacter(reader));
    } else set |= low;
  }
  reader.at++;
  const cases = cased(reader, set);
  return negated ? everything & ~cases : cases;
}

function readClassCharacter(reader: Reader): bigint {
  const character = reader.text[reader.at] ?? '';
  reader.at++;
  return character === '\\' ? readEscapedSet(reader) : bitOf(character);
}

/** Every character from the one set to the other. */
function between(low: bigint, high: bigint): bigint {
  return low === 0n || high < low ? low | high : ((high << 1n) - 1n) & ~(low - 1n);
}

function cased(reader: Reader, set: bigint): bigint {
  if (!reader.ignoreCase) return set;
  const lower = set & range('a', 'z');
  const upper = set & range('A', 'Z');
  return set | (lower >> 32n) | (upper << 32n);
}

function range(from: string, to: string): bigint {
  return between(bitOf(from), bitOf(to));
}

function bitOf(character: string): bigint {
  return 1n << BigInt(Math.min(character.charCodeAt(0) || 0, 128));
}
