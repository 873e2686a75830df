import { cursorAt, enter, expect, fail, leave, since, skip, take, takeText, takeWord, type Cursor } from './cursor.ts';
import { parseExpression } from './parse-expression.ts';
import { parseQuoted } from './parse-template.ts';
import type { Attribute, Block, Body, HclProblem } from './syntax.ts';

/** One HCL file. `problems` names what was left out; blocks beside a broken one are kept whole. */
export type HclFile = { readonly body: Body; readonly problems: readonly HclProblem[] };

const problemsMax = 20; // a file with more is no HCL at all

/** Parses HCL 2 native syntax. A broken top-level block is dropped and parsing resumes at the next line that starts one. */
export function parseHcl(text: string): HclFile {
  const cursor = cursorAt(text);
  const attributes: Attribute[] = [];
  const blocks: Block[] = [];
  const problems: HclProblem[] = [];
  while (problems.length < problemsMax) {
    skip(cursor, true);
    if (cursor.at >= text.length) break;
    const item = parseItem(cursor);
    if (cursor.problem === undefined) {
      if (item?.kind === 'attribute') attributes.push(item.attribute);
      if (item?.kind === 'block') blocks.push(item.block);
      continue;
    }
    problems.push(cursor.problem);
    if (!resume(cursor)) break;
  }
  return { body: { attributes, blocks }, problems };
}

const nextItem = /\n(?=[A-Za-z_])/gu;

function resume(cursor: Cursor): boolean {
  nextItem.lastIndex = cursor.at;
  const found = nextItem.exec(cursor.text);
  cursor.at = found === null ? cursor.text.length : found.index + 1;
  cursor.problem = undefined;
  cursor.nested = 0;
  cursor.depth = 0;
  return found !== null;
}

type Item = { readonly kind: 'attribute'; readonly attribute: Attribute } | { readonly kind: 'block'; readonly block: Block };

function parseItem(cursor: Cursor): Item | undefined {
  const start = cursor.at;
  const name = takeWord(cursor);
  if (name === undefined) {
    fail(cursor, 'expected a block or an attribute');
    return undefined;
  }
  skip(cursor);
  if (take(cursor, /=(?!=)/uy) === undefined) return parseBlock(cursor, name, start);
  const value = parseExpression(cursor);
  const span = since(cursor, start);
  endLine(cursor);
  return { kind: 'attribute', attribute: { name, value, span } };
}

function parseBlock(cursor: Cursor, type: string, start: number): Item | undefined {
  const labels: string[] = [];
  while (cursor.problem === undefined && !cursor.text.startsWith('{', cursor.at)) {
    const label = parseLabel(cursor);
    if (label === undefined) {
      fail(cursor, 'expected a label or {');
      return undefined;
    }
    labels.push(label);
    skip(cursor);
  }
  expect(cursor, '{');
  const head = since(cursor, start);
  if (!enter(cursor)) return undefined;
  const body = parseBody(cursor);
  leave(cursor);
  const span = since(cursor, start);
  return { kind: 'block', block: { type, labels, body, span, head } };
}

function parseLabel(cursor: Cursor): string | undefined {
  if (!cursor.text.startsWith('"', cursor.at)) return takeWord(cursor);
  const quoted = parseQuoted(cursor, parseExpression);
  return quoted.kind === 'literal' ? String(quoted.value) : undefined;
}

function parseBody(cursor: Cursor): Body {
  const attributes: Attribute[] = [];
  const blocks: Block[] = [];
  while (cursor.problem === undefined) {
    skip(cursor, true);
    if (takeText(cursor, '}')) break;
    const item = parseItem(cursor);
    if (item?.kind === 'attribute') attributes.push(item.attribute);
    if (item?.kind === 'block') blocks.push(item.block);
  }
  return { attributes, blocks };
}

function endLine(cursor: Cursor): void {
  skip(cursor);
  const next = cursor.text[cursor.at];
  if (next !== undefined && next !== '\n' && next !== '}') fail(cursor, 'expected the end of the line');
}
