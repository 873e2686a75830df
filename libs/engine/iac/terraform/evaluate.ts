import { limits } from '@lib/contract';
import type { Expression, Span } from '../hcl/syntax.ts';
import { hole, list, map, scalar, textOf, unknown, type Entry, type Place, type Value } from '../model/value.ts';
import { callFunction } from './functions.ts';
import { evaluateAccess, evaluateName } from './resolve-reference.ts';
import { spend, withBindings, type Scope } from './scope.ts';

/** Evaluates an expression as far as the files allow. What cannot be known stays unknown and keeps the resources it refers to. */
export function evaluate(expression: Expression, scope: Scope, depth = 0): Value {
  const place = placeOf(expression.span, scope);
  if (depth >= limits.iacDepthMax) scope.memory.limited = true;
  if (!spend(scope)) return unknown(place);
  if (expression.kind === 'literal') return scalar(expression.value, place);
  return expression.kind === 'broken' ? unknown(place) : evaluateCompound(expression, scope, depth + 1);
}

function evaluateCompound(expression: Exclude<Expression, Of<'literal'> | Of<'broken'>>, scope: Scope, depth: number): Value {
  switch (expression.kind) {
    case 'template':
      return evaluateTemplate(expression, scope, depth);
    case 'variable':
      return evaluateName(expression, scope, depth);
    case 'access':
      return evaluateAccess(expression, scope, depth);
    case 'call':
      return evaluateCall(expression, scope, depth);
    case 'conditional':
      return evaluateConditional(expression, scope, depth);
    case 'tuple':
      return evaluateTuple(expression, scope, depth);
    case 'object':
      return evaluateObject(expression, scope, depth);
    case 'for':
      return evaluateFor(expression, scope, depth);
    case 'unary':
    case 'binary':
      return evaluateOperator(expression, scope, depth);
  }
}

function placeOf(span: Span, scope: Scope): Place {
  return { file: scope.file, start: span.start, end: span.end };
}

type Of<K extends Expression['kind']> = Extract<Expression, { kind: K }>;

function evaluateTemplate(expression: Of<'template'>, scope: Scope, depth: number): Value {
  const place = placeOf(expression.span, scope);
  const [only] = expression.parts;
  if (expression.parts.length === 1 && only !== undefined && typeof only !== 'string') return evaluate(only, scope, depth);
  const refs: string[] = [];
  let text = '';
  for (const part of expression.parts) {
    if (typeof part === 'string') text += part;
    else {
      const value = evaluate(part, scope, depth);
      refs.push(...value.refs);
      text += textOf(value) ?? (value.kind === 'unknown' ? (value.text ?? hole) : hole);
    }
    if (text.length > limits.iacTextCharsMax) return unknown(place, refs);
  }
  return text.includes(hole) ? unknown(place, refs, text) : scalar(text, place, refs);
}

function evaluateCall(expression: Of<'call'>, scope: Scope, depth: number): Value {
  const place = placeOf(expression.span, scope);
  const written = expression.parameters.map((parameter) => evaluate(parameter, scope, depth));
  const refs = written.flatMap((value) => value.refs);
  const values = expression.expands ? expanded(written) : written;
  if (values === undefined) return unknown(place, refs);
  const size = values.reduce(
    (sum, value) => sum + (value.kind === 'list' ? value.items.length : value.kind === 'map' ? value.entries.size : 1),
    0,
  );
  if (!spend(scope, size)) return unknown(place, refs);
  return callFunction(expression.name, values, place) ?? unknown(place, refs);
}

// `merge(local.maps...)`: the last argument is a list of arguments.
function expanded(values: readonly Value[]): readonly Value[] | undefined {
  const last = values.at(-1);
  return last?.kind === 'list' && !last.open ? [...values.slice(0, -1), ...last.items] : undefined;
}

function evaluateConditional(expression: Of<'conditional'>, scope: Scope, depth: number): Value {
  const test = textOf(evaluate(expression.test, scope, depth));
  if (test === 'true') return evaluate(expression.yes, scope, depth);
  if (test === 'false') return evaluate(expression.no, scope, depth);
  const yes = evaluate(expression.yes, scope, depth);
  const no = evaluate(expression.no, scope, depth);
  // both ways lead to the same value: then the test does not matter
  if (yes.kind === 'scalar' && no.kind === 'scalar' && yes.value === no.value) return yes;
  return unknown(placeOf(expression.span, scope), [...yes.refs, ...no.refs]);
}

function evaluateTuple(expression: Of<'tuple'>, scope: Scope, depth: number): Value {
  const items = expression.items.map((item) => evaluate(item, scope, depth));
  return list(items, placeOf(expression.span, scope));
}

function evaluateObject(expression: Of<'object'>, scope: Scope, depth: number): Value {
  const entries = new Map<string, Entry>();
  let open = false;
  for (const item of expression.items) {
    const key = textOf(evaluate(item.key, scope, depth));
    if (key === undefined) open = true;
    else entries.set(key, { place: placeOf(item.span, scope), value: evaluate(item.value, scope, depth) });
  }
  return map(entries, placeOf(expression.span, scope), open);
}

function evaluateFor(expression: Of<'for'>, scope: Scope, depth: number): Value {
  const place = placeOf(expression.span, scope);
  const collection = evaluate(expression.collection, scope, depth);
  const pairs = pairsOf(collection);
  if (pairs === undefined) return unknown(place, collection.refs);
  const items: Value[] = [];
  const entries = new Map<string, Entry>();
  let open = false;
  for (const [key, value] of pairs) {
    const inner = bound(scope, expression.names, [key, value]);
    const kept = expression.condition === undefined ? 'true' : textOf(evaluate(expression.condition, inner, depth));
    if (kept === undefined) open = true;
    if (kept !== 'true') continue;
    const made = evaluate(expression.value, inner, depth);
    const name = expression.key === undefined ? undefined : textOf(evaluate(expression.key, inner, depth));
    if (expression.key === undefined) items.push(made);
    else if (name === undefined) open = true;
    else entries.set(name, { place: made.place, value: expression.grouped ? grouped(entries.get(name)?.value, made) : made });
  }
  return expression.key === undefined ? list(items, place, open) : map(entries, place, open);
}

// One name is the value, two are key and value.
function bound(scope: Scope, names: readonly string[], pair: readonly [Value, Value]): Scope {
  const values = names.length === 1 ? pair.slice(1) : pair;
  return withBindings(
    scope,
    names.flatMap((name, index) => {
      const value = values[index];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

// `{ for ... : key => value... }` collects the values of one key.
function grouped(before: Value | undefined, made: Value): Value {
  return list([...(before?.kind === 'list' ? before.items : []), made], made.place);
}

/** Key and value of each member of a known collection; undefined when it is not wholly known. */
export function pairsOf(collection: Value): readonly (readonly [Value, Value])[] | undefined {
  if (collection.kind === 'list' && !collection.open) {
    return collection.items.map((item, index) => [scalar(index, item.place), item] as const);
  }
  if (collection.kind !== 'map' || collection.open) return undefined;
  return [...collection.entries].map(([key, entry]) => [scalar(key, entry.place), entry.value] as const);
}

function evaluateOperator(expression: Of<'unary'> | Of<'binary'>, scope: Scope, depth: number): Value {
  const place = placeOf(expression.span, scope);
  if (expression.kind === 'unary') {
    const operand = evaluate(expression.operand, scope, depth);
    if (operand.kind !== 'scalar') return unknown(place, operand.refs);
    return expression.operator === '!' ? scalar(textOf(operand) !== 'true', place) : scalar(-Number(operand.value), place);
  }
  const left = evaluate(expression.left, scope, depth);
  const right = evaluate(expression.right, scope, depth);
  const decided = decide(expression.operator, textOf(left), textOf(right)) ?? decideNull(expression.operator, left, right);
  if (decided !== undefined) return scalar(decided, place);
  if (left.kind !== 'scalar' || right.kind !== 'scalar') return unknown(place, [...left.refs, ...right.refs]);
  const result = compute(expression.operator, left.value, right.value);
  return result === undefined ? unknown(place) : scalar(result, place);
}

// One known side is enough for some of the logical operators.
function decide(operator: string, left: string | undefined, right: string | undefined): boolean | undefined {
  if (operator === '||' && (left === 'true' || right === 'true')) return true;
  if (operator === '&&' && (left === 'false' || right === 'false')) return false;
  return undefined;
}

// A collection is never null, and null equals nothing else.
function decideNull(operator: string, left: Value, right: Value): boolean | undefined {
  const isNull = (value: Value): boolean => value.kind === 'scalar' && value.value === null;
  if ((operator !== '==' && operator !== '!=') || left.kind === 'unknown' || right.kind === 'unknown') return undefined;
  if (!isNull(left) && !isNull(right)) return undefined;
  return (operator === '==') === (isNull(left) && isNull(right));
}

type Scalar = string | number | boolean | null;

function compute(operator: string, left: Scalar, right: Scalar): Scalar | undefined {
  if (operator === '==') return String(left) === String(right);
  if (operator === '!=') return String(left) !== String(right);
  if (operator === '&&') return left === true && right === true;
  if (operator === '||') return left === true || right === true;
  return arithmetic(operator, Number(left), Number(right));
}

const arithmetics = new Map<string, (left: number, right: number) => number | boolean>([
  ['+', (left, right) => left + right],
  ['-', (left, right) => left - right],
  ['*', (left, right) => left * right],
  ['/', (left, right) => left / right],
  ['%', (left, right) => left % right],
  ['<', (left, right) => left < right],
  ['>', (left, right) => left > right],
  ['<=', (left, right) => left <= right],
  ['>=', (left, right) => left >= right],
]);

function arithmetic(operator: string, left: number, right: number): Scalar | undefined {
  if (Number.isNaN(left) || Number.isNaN(right)) return undefined;
  const result = arithmetics.get(operator)?.(left, right);
  return typeof result === 'number' && !Number.isFinite(result) ? undefined : result;
}
