import { limits } from '@lib/contract';
import type { Expression, HclProblem, Span } from './syntax.ts';

/**
 * Where a parse stands. Parsing never throws: the first problem is kept, every loop ends when there is one,
 * and the body parser resumes at the next top-level block.
 */
export type Cursor = {
  readonly text: string;
  /** Added to every span: where the text begins in its file. */
  readonly base: number;
  at: number;
  /** Inside brackets newlines are white space. */
  nested: number;
  depth: number;
  nodes: number;
  problem: HclProblem | undefined;
};

/** A cursor at the start of a text that begins at `base` in its file. */
export function cursorAt(text: string, base = 0): Cursor {
  return { text, base, at: 0, nested: 0, depth: 0, nodes: 0, problem: undefined };
}

/** Keeps the first problem. */
export function fail(cursor: Cursor, detail: string, code: HclProblem['code'] = 'syntax_error'): void {
  cursor.problem ??= { code, offset: cursor.at, detail };
}

/** A placeholder for what could not be parsed; a file or block that holds one is left out. */
export function broken(cursor: Cursor, detail: string): Expression {
  fail(cursor, detail);
  return { kind: 'broken', span: since(cursor, cursor.at) };
}

/** Counts one node and one level; false when a bound is reached. Each `enter` that answers true needs its `leave`. */
export function enter(cursor: Cursor): boolean {
  cursor.nodes++;
  if (cursor.nodes > limits.iacNodesMax) fail(cursor, 'too many nodes', 'limit_reached');
  if (cursor.depth >= limits.iacDepthMax) fail(cursor, 'nested too deeply', 'limit_reached');
  if (cursor.problem !== undefined) return false;
  cursor.depth++;
  return true;
}

/** Ends what `enter` began. */
export function leave(cursor: Cursor): void {
  cursor.depth--;
}

/** The span from an offset to the cursor. */
export function since(cursor: Cursor, start: number): Span {
  return { start: cursor.base + start, end: cursor.base + cursor.at };
}

const blank = /[ \t\r]*/uy;
const blankAndLines = /\s*/uy;
const word = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;

/** Skips white space and comments; newlines too when nested in brackets or when asked. */
export function skip(cursor: Cursor, lines: boolean = cursor.nested > 0): void {
  for (;;) {
    take(cursor, lines ? blankAndLines : blank);
    if (cursor.text.startsWith('#', cursor.at) || cursor.text.startsWith('//', cursor.at)) {
      const end = cursor.text.indexOf('\n', cursor.at);
      cursor.at = end < 0 ? cursor.text.length : end;
    } else if (cursor.text.startsWith('/*', cursor.at)) {
      const end = cursor.text.indexOf('*/', cursor.at + 2);
      cursor.at = end < 0 ? cursor.text.length : end + 2;
    } else return;
  }
}

/** Takes a sticky pattern at the cursor, or nothing. */
export function take(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0];
  if (found !== undefined) cursor.at += found.length;
  return found;
}

/** Takes an identifier, or nothing. */
export function takeWord(cursor: Cursor): string | undefined {
  return take(cursor, word);
}

/** Takes exactly this text, or answers false. */
export function takeText(cursor: Cursor, text: string): boolean {
  if (!cursor.text.startsWith(text, cursor.at)) return false;
  cursor.at += text.length;
  return true;
}

/** Skips white space and demands this text. */
export function expect(cursor: Cursor, text: string): boolean {
  skip(cursor);
  if (takeText(cursor, text)) return true;
  fail(cursor, `expected ${text}`);
  return false;
}
