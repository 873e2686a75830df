import { broken, enter, expect, fail, leave, since, skip, take, takeText, takeWord, type Cursor } from './cursor.ts';
import { parseHeredoc, parseQuoted } from './parse-template.ts';
import type { Expression, ObjectItem, Step } from './syntax.ts';

/** Parses one expression at the cursor. Problems stay in the cursor; the tree is bounded in depth and nodes. */
export function parseExpression(cursor: Cursor): Expression {
  skip(cursor);
  const start = cursor.at;
  if (!enter(cursor)) return broken(cursor, 'too deep');
  const test = parseBinary(cursor, 0);
  skip(cursor);
  const result = takeText(cursor, '?') ? parseBranches(cursor, test, start) : test;
  leave(cursor);
  return result;
}

function parseBranches(cursor: Cursor, test: Expression, start: number): Expression {
  const yes = parseExpression(cursor);
  skip(cursor, true);
  expect(cursor, ':');
  skip(cursor, true);
  const no = parseExpression(cursor);
  return { kind: 'conditional', span: since(cursor, start), test, yes, no };
}

const operator = /\|\||&&|==|!=|<=|>=|<(?!<)|>|\+|-|\*|\/(?![/*])|%(?!\{)/uy;
const ranks: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 4,
  '>': 4,
  '<=': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
};

function parseBinary(cursor: Cursor, above: number): Expression {
  skip(cursor);
  const start = cursor.at;
  let left = parseUnary(cursor);
  let joined = 0;
  while (cursor.problem === undefined && enter(cursor)) {
    skip(cursor);
    const before = cursor.at;
    const found = take(cursor, operator);
    const rank = ranks[found ?? ''] ?? 0;
    if (found === undefined || rank <= above) {
      cursor.at = before;
      leave(cursor);
      break;
    }
    const right = parseBinary(cursor, rank);
    left = { kind: 'binary', span: since(cursor, start), operator: found, left, right };
    joined++;
  }
  // each operand already joined makes the tree one deeper, so its level is given back only now
  cursor.depth -= joined;
  return left;
}

function parseUnary(cursor: Cursor): Expression {
  skip(cursor);
  const start = cursor.at;
  const sign = take(cursor, /[!-]/uy);
  if (sign === undefined) return parsePostfix(cursor);
  if (!enter(cursor)) return broken(cursor, 'too deep');
  const operand = parseUnary(cursor);
  leave(cursor);
  return { kind: 'unary', span: since(cursor, start), operator: sign, operand };
}

function parsePostfix(cursor: Cursor): Expression {
  const start = cursor.at;
  const on = parsePrimary(cursor);
  const steps: Step[] = [];
  while (cursor.problem === undefined) {
    const before = cursor.at;
    skip(cursor);
    const step = parseStep(cursor);
    if (step === undefined) {
      cursor.at = before;
      break;
    }
    cursor.nodes++;
    steps.push(step);
  }
  return steps.length === 0 ? on : { kind: 'access', span: since(cursor, start), on, steps };
}

function parseStep(cursor: Cursor): Step | undefined {
  if (cursor.text.startsWith('.', cursor.at) && !cursor.text.startsWith('...', cursor.at)) {
    cursor.at++;
    skip(cursor);
    if (takeText(cursor, '*')) return { kind: 'splat' };
    const index = take(cursor, /[0-9]+/uy);
    if (index !== undefined) return { kind: 'index', index: { kind: 'literal', span: since(cursor, cursor.at), value: Number(index) } };
    const name = takeWord(cursor);
    if (name === undefined) fail(cursor, 'expected a name');
    return { kind: 'attribute', name: name ?? '' };
  }
  if (!takeText(cursor, '[')) return undefined;
  cursor.nested++;
  skip(cursor);
  const splat = take(cursor, /\*(?=\s*\])/uy) !== undefined;
  const index = splat ? undefined : parseExpression(cursor);
  expect(cursor, ']');
  cursor.nested--;
  return index === undefined ? { kind: 'splat' } : { kind: 'index', index };
}

function parsePrimary(cursor: Cursor): Expression {
  const start = cursor.at;
  const next = cursor.text[start] ?? '';
  if (next === '"') return parseQuoted(cursor, parseExpression);
  if (next === '(') return parseGroup(cursor);
  if (next === '[') return parseTuple(cursor);
  if (next === '{') return parseObject(cursor);
  if (next === '<') return parseHeredoc(cursor, parseExpression) ?? broken(cursor, 'expected an expression');
  const digits = take(cursor, /[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/uy);
  if (digits !== undefined) return { kind: 'literal', span: since(cursor, start), value: Number(digits) };
  const name = takeWord(cursor);
  if (name === undefined) return broken(cursor, 'expected an expression');
  return parseNamed(cursor, name, start);
}

const constants = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

function parseNamed(cursor: Cursor, name: string, start: number): Expression {
  const constant = constants.get(name);
  if (constant !== undefined) return { kind: 'literal', span: since(cursor, start), value: constant };
  const called = take(cursor, /(?:::[\p{ID_Start}_][\p{ID_Continue}-]*)*[ \t]*\(/uy);
  if (called === undefined) return { kind: 'variable', span: since(cursor, start), name };
  cursor.nested++;
  const parameters: Expression[] = [];
  const end = parseList(cursor, ')', () => parameters.push(parseExpression(cursor)));
  cursor.nested--;
  const fullName = `${name}${called.slice(0, -1).trim()}`;
  return { kind: 'call', span: since(cursor, start), name: fullName, parameters, expands: end.expands };
}

// Items up to the closing bracket, commas between; `...` after the last one is reported.
function parseList(cursor: Cursor, close: string, item: () => void): { readonly expands: boolean } {
  let expands = false;
  while (cursor.problem === undefined) {
    skip(cursor);
    if (takeText(cursor, close)) break;
    item();
    skip(cursor);
    if (takeText(cursor, '...')) expands = true;
    skip(cursor);
    if (!takeText(cursor, ',') && !cursor.text.startsWith(close, cursor.at)) fail(cursor, `expected , or ${close}`);
  }
  return { expands };
}

function parseGroup(cursor: Cursor): Expression {
  cursor.at++;
  cursor.nested++;
  const inner = parseExpression(cursor);
  expect(cursor, ')');
  cursor.nested--;
  return inner;
}

function parseTuple(cursor: Cursor): Expression {
  const start = cursor.at;
  cursor.at++;
  cursor.nested++;
  skip(cursor);
  const items: Expression[] = [];
  const loop = parseFor(cursor, start, ']');
  if (loop === undefined) parseList(cursor, ']', () => items.push(parseExpression(cursor)));
  cursor.nested--;
  return loop ?? { kind: 'tuple', span: since(cursor, start), items };
}

function parseObject(cursor: Cursor): Expression {
  const start = cursor.at;
  cursor.at++;
  cursor.nested++;
  skip(cursor);
  const items: ObjectItem[] = [];
  const loop = parseFor(cursor, start, '}');
  if (loop === undefined) parseItems(cursor, items);
  cursor.nested--;
  return loop ?? { kind: 'object', span: since(cursor, start), items };
}

function parseItems(cursor: Cursor, items: ObjectItem[]): void {
  while (cursor.problem === undefined) {
    skip(cursor);
    if (takeText(cursor, '}')) return;
    const start = cursor.at;
    const key = parseKey(cursor);
    skip(cursor);
    if (!takeText(cursor, '=') && !takeText(cursor, ':')) fail(cursor, 'expected = or :');
    // a newline ends an item, so the value is parsed as outside of brackets
    const nested = cursor.nested;
    skip(cursor);
    cursor.nested = 0;
    const value = parseExpression(cursor);
    cursor.nested = nested;
    items.push({ key, value, span: since(cursor, start) });
    const end = cursor.at;
    skip(cursor);
    if (!takeText(cursor, ',') && !cursor.text.startsWith('}', cursor.at) && !cursor.text.slice(end, cursor.at).includes('\n')) {
      fail(cursor, 'expected , or a new line');
    }
  }
}

function parseKey(cursor: Cursor): Expression {
  const start = cursor.at;
  const name = take(cursor, /[\p{ID_Start}_][\p{ID_Continue}-]*(?=\s*[=:](?![=:]))/uy);
  return name === undefined ? parseBinary(cursor, 0) : { kind: 'literal', span: since(cursor, start), value: name };
}

function parseFor(cursor: Cursor, start: number, close: string): Expression | undefined {
  if (take(cursor, /for(?=[ \t\r\n])/uy) === undefined) return undefined;
  const names: string[] = [];
  do {
    skip(cursor);
    names.push(takeWord(cursor) ?? '');
    skip(cursor);
  } while (takeText(cursor, ',') && names.length < 2);
  if (takeWord(cursor) !== 'in') return broken(cursor, 'expected in');
  const collection = parseExpression(cursor);
  expect(cursor, ':');
  const first = parseExpression(cursor);
  skip(cursor);
  const second = takeText(cursor, '=>') ? parseExpression(cursor) : undefined;
  skip(cursor);
  const grouped = takeText(cursor, '...');
  skip(cursor);
  const condition = take(cursor, /if\b/uy) === undefined ? undefined : parseExpression(cursor);
  expect(cursor, close);
  const [key, value] = second === undefined ? [undefined, first] : [first, second];
  return { kind: 'for', span: since(cursor, start), names, collection, key, value, condition, grouped };
}
