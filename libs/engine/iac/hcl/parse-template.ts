import { broken, cursorAt, fail, leave, enter, since, skip, take, takeText, takeWord, type Cursor } from './cursor.ts';
import type { Expression } from './syntax.ts';

type ParseExpression = (cursor: Cursor) => Expression;

/** Parses a quoted template at its opening quote. A template without interpolation is a literal. */
export function parseQuoted(cursor: Cursor, parseExpression: ParseExpression): Expression {
  const start = cursor.at;
  cursor.at++;
  const parts: (string | Expression)[] = [];
  for (;;) {
    const text = take(cursor, quotedText);
    if (text !== undefined && text !== '') parts.push(unescape(text));
    if (takeText(cursor, '"')) return template(parts, since(cursor, start));
    if (!interpolation(cursor, parts, parseExpression)) return broken(cursor, 'unterminated string');
  }
}

// Everything up to a quote, a newline, or an interpolation; `$${` and `%%{` are escapes, a lone `$` or `%` is text.
const quotedText = /(?:[^"\\$%\n]+|\\.|\$\$\{|%%\{|\$(?!\{)|%(?!\{))*/uy;
const heredocStart = /<<(-?)([\p{ID_Start}_][\p{ID_Continue}-]*)[ \t\r]*\n/uy;
const heredocText = /(?:[^$%]+|\$\$\{|%%\{|\$(?!\{)|%(?!\{))+/uy;

/** Parses a heredoc at `<<`, or answers undefined when this is none. */
export function parseHeredoc(cursor: Cursor, parseExpression: ParseExpression): Expression | undefined {
  const start = cursor.at;
  const opening = take(cursor, heredocStart);
  if (opening === undefined) return undefined;
  const flush = opening.startsWith('<<-');
  const word = opening.slice(flush ? 3 : 2).trim();
  const bodyStart = cursor.at;
  const end = terminator(cursor, word);
  if (end === undefined) return broken(cursor, `heredoc ${word} does not end`);
  const parts = heredocParts({ ...cursor, at: bodyStart, text: cursor.text.slice(0, end.from) }, cursor, parseExpression);
  cursor.at = end.to;
  return template(flush ? parts.map((part) => (typeof part === 'string' ? unindent(part) : part)) : parts, since(cursor, start));
}

/** Parses a text that is a template as a whole, as JSON syntax and template files have it. `base` is where it begins in its file. */
export function parseText(text: string, base: number, parseExpression: ParseExpression): Expression {
  const inner = cursorAt(text, base);
  const parts = heredocParts(inner, inner, parseExpression);
  const span = { start: base, end: base + text.length };
  return inner.problem === undefined ? template(parts, span) : { kind: 'broken', span };
}

function heredocParts(inner: Cursor, outer: Cursor, parseExpression: ParseExpression): readonly (string | Expression)[] {
  const parts: (string | Expression)[] = [];
  while (inner.at < inner.text.length && inner.problem === undefined) {
    const text = take(inner, heredocText);
    if (text !== undefined) parts.push(text.replaceAll('$${', '${').replaceAll('%%{', '%{'));
    else if (!interpolation(inner, parts, parseExpression)) fail(inner, 'unterminated interpolation');
  }
  outer.nodes = inner.nodes;
  outer.problem ??= inner.problem;
  return parts;
}

function terminator(cursor: Cursor, word: string): { readonly from: number; readonly to: number } | undefined {
  let line = cursor.at;
  while (line < cursor.text.length) {
    const newline = cursor.text.indexOf('\n', line);
    const end = newline < 0 ? cursor.text.length : newline;
    if (cursor.text.slice(line, end).trim() === word) return { from: line, to: end };
    line = end + 1;
  }
  return undefined;
}

// `${ expression }`, or `%{ directive }`, which is kept as a part that nobody can know.
function interpolation(cursor: Cursor, parts: (string | Expression)[], parseExpression: ParseExpression): boolean {
  const start = cursor.at;
  const directive = cursor.text.startsWith('%{', start);
  if (!directive && !cursor.text.startsWith('${', start)) return false;
  if (!enter(cursor)) return false;
  cursor.at += 2;
  takeText(cursor, '~');
  cursor.nested++;
  if (directive) parts.push(directiveAt(cursor, parseExpression));
  else parts.push(parseExpression(cursor));
  skip(cursor);
  cursor.nested--;
  leave(cursor);
  takeText(cursor, '~');
  return cursor.problem === undefined && takeText(cursor, '}');
}

function directiveAt(cursor: Cursor, parseExpression: ParseExpression): Expression {
  const start = cursor.at;
  skip(cursor);
  const name = takeWord(cursor);
  if (name === 'for') take(cursor, /[^{}\n]*?\bin\b/uy);
  if (name === 'if' || name === 'for') parseExpression(cursor);
  return { kind: 'variable', span: since(cursor, start), name: '%directive' };
}

function template(parts: readonly (string | Expression)[], span: Expression['span']): Expression {
  if (parts.length === 0) return { kind: 'literal', span, value: '' };
  if (parts.every((part) => typeof part === 'string')) return { kind: 'literal', span, value: parts.join('') };
  return { kind: 'template', span, parts };
}

function unindent(text: string): string {
  return text.replaceAll(/^[ \t]+/gmu, '');
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

function unescape(text: string): string {
  return text
    .replaceAll(
      /\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/gu,
      (...[whole, short, long, one]: readonly [string, string?, string?, string?, ...unknown[]]) => {
        const code = Number.parseInt(short ?? long ?? '', 16);
        if (one !== undefined) return escapes[one] ?? whole;
        return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
      },
    )
    .replaceAll('$${', '${')
    .replaceAll('%%{', '%{');
}
