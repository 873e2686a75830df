import type { Expression, Step } from '../hcl/syntax.ts';
import { list, textOf, unknown, type Place, type Value } from '../model/value.ts';
import { evaluate } from './evaluate.ts';
import { inFile, type Scope, type Written } from './scope.ts';

/** A bare name: bound by a loop, or nothing that we know. */
export function evaluateName(expression: Extract<Expression, { kind: 'variable' }>, scope: Scope, depth: number): Value {
  const bound = scope.bindings.get(expression.name);
  const place = { file: scope.file, start: expression.span.start, end: expression.span.end };
  return bound !== undefined && depth > 0 ? bound : unknown(place);
}

/** `var.x`, `local.x`, `aws_s3_bucket.y.id`, `data.a.b.json`, `module.m.out`, or steps into any other value. */
export function evaluateAccess(expression: Extract<Expression, { kind: 'access' }>, scope: Scope, depth: number): Value {
  const place = { file: scope.file, start: expression.span.start, end: expression.span.end };
  const { on, steps } = expression;
  if (on.kind !== 'variable' || scope.bindings.has(on.name)) return walk(evaluate(on, scope, depth), steps, { scope, depth, place });
  const reference = splitReference(on.name, steps);
  if (reference === undefined) return unknown(place);
  const at = { scope, depth, place };
  if (reference.root === 'var') return walk(variableValue(reference.name, at), reference.rest, at);
  if (reference.root === 'local') return walk(localValue(reference.name, at), reference.rest, at);
  return resourceValue(reference.name, reference.rest, at);
}

type At = { readonly scope: Scope; readonly depth: number; readonly place: Place };
type Reference = { readonly root: 'var' | 'local' | 'resource'; readonly name: string; readonly rest: readonly Step[] };

const unknowable = new Set(['each', 'count', 'path', 'terraform', 'self']);

function splitReference(root: string, steps: readonly Step[]): Reference | undefined {
  if (unknowable.has(root)) return undefined;
  const length = root === 'data' ? 2 : 1;
  const names = steps.slice(0, length).flatMap((step) => (step.kind === 'attribute' ? [step.name] : []));
  if (names.length < length) return undefined;
  const rest = steps.slice(length);
  if (root === 'var' || root === 'local') return { root, name: names.join('.'), rest };
  return { root: 'resource', name: [root, ...names].join('.'), rest };
}

// Each name is worked out once; undefined in the memory means that it is being worked out, so a cycle ends as unknown.
function remembered(key: string, at: At, make: () => Value): Value {
  const { known } = at.scope.memory;
  const fullKey = `${at.scope.module.folder}\n${key}`;
  if (known.has(fullKey)) return known.get(fullKey) ?? unknown(at.place);
  known.set(fullKey, undefined);
  const value = make();
  known.set(fullKey, value);
  return value;
}

function variableValue(name: string, at: At): Value {
  return remembered(`var.${name}`, at, () => {
    const { module } = at.scope;
    const passed = module.passed.get(name);
    if (passed !== undefined) return evaluate(passed.expression.node, inFile(passed.scope, passed.expression.file), at.depth);
    if (module.unsettled.has(name)) return unknown(at.place);
    const assigned = module.assigned.get(name)?.at(-1) ?? defaultOf(module.variables.get(name));
    return assigned === undefined ? unknown(at.place) : evaluate(assigned.node, inFile(at.scope, assigned.file), at.depth);
  });
}

function defaultOf(
  variable: Scope['module']['variables'] extends ReadonlyMap<string, infer V> ? V | undefined : never,
): Written<Expression> | undefined {
  const value = variable?.node.body.attributes.find((attribute) => attribute.name === 'default')?.value;
  return variable === undefined || value === undefined ? undefined : { node: value, file: variable.file };
}

function localValue(name: string, at: At): Value {
  const local = at.scope.module.locals.get(name);
  if (local === undefined) return unknown(at.place);
  return remembered(`local.${name}`, at, () => evaluate(local.node.value, inFile(at.scope, local.file), at.depth));
}

// An attribute of a resource: known when the resource writes it, and always tied to the resource's address.
function resourceValue(address: string, rest: readonly Step[], at: At): Value {
  const written = at.scope.module.resources.get(address);
  const steps = rest[0]?.kind === 'index' || rest[0]?.kind === 'splat' ? rest.slice(1) : rest;
  const [first] = steps;
  const attribute =
    first?.kind === 'attribute' ? written?.node.body.attributes.find((candidate) => candidate.name === first.name) : undefined;
  if (written === undefined || attribute === undefined) return unknown(at.place, [address]);
  const value = remembered(`${address}.${attribute.name}`, at, () => evaluate(attribute.value, inFile(at.scope, written.file), at.depth));
  return { ...walk(value, steps.slice(1), at), refs: [address, ...value.refs] };
}

function walk(start: Value, steps: readonly Step[], at: At): Value {
  let value = start;
  for (const [index, step] of steps.entries()) {
    if (value.kind === 'unknown') return unknown(at.place, value.refs);
    if (step.kind === 'splat') return splat(value, steps.slice(index + 1), at);
    const key = step.kind === 'attribute' ? step.name : textOf(evaluate(step.index, at.scope, at.depth));
    const next = key === undefined ? undefined : partOf(value, key);
    if (next === undefined) return unknown(at.place, value.refs);
    value = next;
  }
  return value;
}

function partOf(value: Value, key: string): Value | undefined {
  if (value.kind === 'map') return value.entries.get(key)?.value;
  return value.kind === 'list' && /^[0-9]+$/u.test(key) ? value.items[Number(key)] : undefined;
}

function splat(value: Value, rest: readonly Step[], at: At): Value {
  const items = value.kind === 'list' ? value.items : [value];
  return list(
    items.map((item) => walk(item, rest, at)),
    at.place,
    value.kind === 'list' && value.open,
  );
}
