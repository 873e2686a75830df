import { limits } from '@lib/contract';

/** An expression of a Go template. */
export type Operand =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  /** `.a.b` (root `.`), `$.a`, `$name.a`, `(pipeline).a`. */
  | { readonly kind: 'field'; readonly root: string | Pipeline; readonly names: readonly string[] }
  | { readonly kind: 'function'; readonly name: string };
/** Operands one after another: a function and its arguments, or one value. */
export type Command = readonly Operand[];
/** Commands joined by `|`, each passed on as the last argument of the next. */
export type Pipeline = { readonly commands: readonly Command[] };

/** `if`, `with` or `range`, with what is written else. */
export type Branch = {
  readonly at: number;
  readonly kind: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly names: readonly string[];
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
};
/** A piece of a template; `at` is its offset. */
export type Node =
  | { readonly at: number; readonly kind: 'text'; readonly text: string }
  | { readonly at: number; readonly kind: 'output'; readonly pipeline: Pipeline }
  | { readonly at: number; readonly kind: 'assign'; readonly name: string; readonly pipeline: Pipeline }
  | { readonly at: number; readonly kind: 'template'; readonly name: string; readonly pipeline: Pipeline | undefined }
  | Branch;

/** A parsed file and the templates that it defines. */
export type ChartTemplate = { readonly body: readonly Node[]; readonly defined: ReadonlyMap<string, readonly Node[]> };

const tag = /\{\{(-?)((?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|\/\*[\s\S]*?\*\/|(?!-?\}\})[\s\S])*)(-?)\}\}/gu;

/**
 * Parses a Go template, as far as charts use them; undefined for what it does not understand.
 * Source: https://pkg.go.dev/text/template
 */
export function parseChartTemplate(text: string): ChartTemplate | undefined {
  const pieces = split(text);
  const parsing: Parsing = { pieces, at: 0, defined: new Map(), broken: pieces.length > limits.iacNodesMax };
  const { nodes, end } = parseNodes(parsing, 0);
  return parsing.broken || end !== undefined ? undefined : { body: nodes, defined: parsing.defined };
}

type Piece = { readonly at: number; readonly text: string } | { readonly at: number; readonly action: string };
type Parsing = { readonly pieces: readonly Piece[]; at: number; readonly defined: Map<string, readonly Node[]>; broken: boolean };

// A dash at a tag's side takes the white space beyond it away.
function split(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  let trims = false;
  for (const match of text.matchAll(tag)) {
    const [whole, before = '', inner = '', after = ''] = match;
    pushText(pieces, { text: text.slice(from, match.index), at: from }, { start: trims, end: before === '-' });
    pieces.push({ at: match.index, action: inner.trim() });
    from = match.index + whole.length;
    trims = after === '-';
  }
  pushText(pieces, { text: text.slice(from), at: from }, { start: trims, end: false });
  return pieces;
}

function pushText(
  pieces: Piece[],
  piece: { readonly text: string; readonly at: number },
  trim: { readonly start: boolean; readonly end: boolean },
): void {
  const started = trim.start ? piece.text.trimStart() : piece.text;
  const at = piece.at + piece.text.length - started.length;
  const text = trim.end ? started.trimEnd() : started;
  if (text !== '') pieces.push({ at, text });
}

type End = { readonly word: 'end' | 'else'; readonly rest: string } | undefined;

function parseNodes(parsing: Parsing, depth: number): { readonly nodes: readonly Node[]; readonly end: End } {
  const nodes: Node[] = [];
  if (depth > limits.iacDepthMax) parsing.broken = true;
  while (parsing.at < parsing.pieces.length && !parsing.broken) {
    const piece = parsing.pieces[parsing.at++];
    if (piece === undefined) break;
    if ('text' in piece) nodes.push({ kind: 'text', at: piece.at, text: piece.text });
    else {
      const [, word = '', rest = ''] = /^(\w*)\s*([\s\S]*)$/u.exec(piece.action) ?? [];
      if (word === 'end' || word === 'else') return { nodes, end: { word, rest } };
      const node = parseAction({ word, rest, action: piece.action, at: piece.at }, parsing, depth);
      if (node !== undefined) nodes.push(node);
    }
  }
  return { nodes, end: undefined };
}

type Action = { readonly word: string; readonly rest: string; readonly action: string; readonly at: number };

function parseAction({ word, rest, action, at }: Action, parsing: Parsing, depth: number): Node | undefined {
  if (action === '' || action.startsWith('/*')) return undefined;
  if (isBranch(word)) return parseBranch({ word, rest, at }, parsing, depth);
  if (word === 'define' || word === 'block') return parseDefinition({ word, rest, at }, parsing, depth);
  if (word === 'template') return parseUse(rest, at, parsing);
  if (word === 'break' || word === 'continue') parsing.broken = true;
  const assigned = /^\$(\w+)\s*:?=(?!=)\s*([\s\S]*)$/u.exec(action);
  if (assigned !== null) return { kind: 'assign', at, name: assigned[1] ?? '', pipeline: pipelineOf(tokensOf(assigned[2] ?? ''), parsing) };
  return { kind: 'output', at, pipeline: pipelineOf(tokensOf(action), parsing) };
}

function parseUse(rest: string, at: number, parsing: Parsing): Node {
  const [name = '', ...more] = tokensOf(rest);
  return { kind: 'template', at, name: unquoted(name), pipeline: more.length === 0 ? undefined : pipelineOf(more, parsing) };
}

function isBranch(word: string): word is Branch['kind'] {
  return word === 'if' || word === 'with' || word === 'range';
}

type Opening = { readonly word: 'if' | 'with' | 'range'; readonly rest: string; readonly at: number };

function parseBranch({ word, rest, at }: Opening, parsing: Parsing, depth: number): Node {
  const [, bound, expression = ''] = /^((?:\$\w+\s*,\s*)?\$\w+\s*:=)?\s*([\s\S]*)$/u.exec(rest) ?? [];
  const names = [...(bound ?? '').matchAll(/\$(\w+)/gu)].map(([, name = '']) => name);
  const { nodes: body, end } = parseNodes(parsing, depth + 1);
  return {
    kind: word,
    at,
    names,
    pipeline: pipelineOf(tokensOf(expression), parsing),
    body,
    otherwise: parseElse(end, at, { parsing, depth }),
  };
}

type Where = { readonly parsing: Parsing; readonly depth: number };

function parseElse(end: End, at: number, { parsing, depth }: Where): readonly Node[] {
  if (end === undefined) parsing.broken = true;
  if (end?.word !== 'else') return [];
  const [, word = '', rest = ''] = /^(\w*)\s*([\s\S]*)$/u.exec(end.rest) ?? [];
  if (word === 'if' || word === 'with') return [parseBranch({ word, rest, at }, parsing, depth + 1)];
  const { nodes, end: last } = parseNodes(parsing, depth + 1);
  if (last?.word !== 'end') parsing.broken = true;
  return nodes;
}

function parseDefinition(
  { word, rest, at }: { readonly word: string; readonly rest: string; readonly at: number },
  parsing: Parsing,
  depth: number,
): Node | undefined {
  const [quoted = '', ...more] = tokensOf(rest);
  const { nodes, end } = parseNodes(parsing, depth + 1);
  if (end?.word !== 'end') parsing.broken = true;
  parsing.defined.set(unquoted(quoted), nodes);
  return word === 'block' ? { kind: 'template', at, name: unquoted(quoted), pipeline: pipelineOf(more, parsing) } : undefined;
}

const token =
  /"(?:[^"\\]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)'|\$\w*(?:\.\w+)*|\.(?:\w+(?:\.\w+)*)?|-?\d+(?:\.\d+)?|[A-Za-z_]\w*(?:\.\w+)*|[()|]|\S/gu;

function tokensOf(text: string): readonly string[] {
  return [...text.matchAll(token)].map(([found]) => found);
}

function unquoted(text: string): string {
  if (text.startsWith('`')) return text.slice(1, -1);
  if (!text.startsWith('"')) return text;
  return text.slice(1, -1).replaceAll(/\\(.)/gu, (_, letter: string) => ({ n: '\n', t: '\t' })[letter] ?? letter);
}

function pipelineOf(tokens: readonly string[], parsing: Parsing): Pipeline {
  const reading = { tokens, at: 0 };
  const pipeline = readPipeline(reading, parsing, 0);
  if (reading.at < tokens.length) parsing.broken = true;
  return pipeline;
}

type Reading = { readonly tokens: readonly string[]; at: number };

function readPipeline(reading: Reading, parsing: Parsing, depth: number): Pipeline {
  const commands: Operand[][] = [[]];
  if (depth > limits.iacDepthMax) parsing.broken = true;
  while (reading.at < reading.tokens.length && reading.tokens[reading.at] !== ')' && !parsing.broken) {
    const next = reading.tokens[reading.at++] ?? '';
    if (next === '|') commands.push([]);
    else commands.at(-1)?.push(operandOf(next, { reading, parsing, depth }));
  }
  if (commands.some((command) => command.length === 0)) parsing.broken = true;
  return { commands };
}

type In = { readonly reading: Reading; readonly parsing: Parsing; readonly depth: number };

const words = new Map<string, boolean | null>([
  ['true', true],
  ['false', false],
  ['nil', null],
]);

function operandOf(text: string, within: In): Operand {
  if (text === '(') return parenthesised(within);
  if (/^["`]/u.test(text)) return { kind: 'literal', value: unquoted(text) };
  if (/^-?\d/u.test(text)) return { kind: 'literal', value: Number(text) };
  const word = words.get(text);
  if (word !== undefined) return { kind: 'literal', value: word };
  if (/^[.$]/u.test(text)) return fieldOf(text);
  if (/^[A-Za-z_]\w*$/u.test(text)) return { kind: 'function', name: text };
  within.parsing.broken = true;
  return { kind: 'literal', value: null };
}

// `.a.b`, `$.a`, `$name.a`.
function fieldOf(text: string): Operand {
  if (text.startsWith('.')) return { kind: 'field', root: '.', names: text === '.' ? [] : text.slice(1).split('.') };
  const [root = '$', ...names] = text.split('.');
  return { kind: 'field', root, names };
}

// `(pipeline)`, `(pipeline).a`.
function parenthesised({ reading, parsing, depth }: In): Operand {
  const root = readPipeline(reading, parsing, depth + 1);
  if (reading.tokens[reading.at++] !== ')') parsing.broken = true;
  const after = reading.tokens[reading.at] ?? '';
  const isField = /^\.\w/u.test(after);
  if (isField) reading.at++;
  return { kind: 'field', root, names: isField ? after.slice(1).split('.') : [] };
}
