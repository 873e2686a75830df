import type { Expression, Step } from '../hcl/syntax.ts';
import { impossible, list, textOf, unknown, type Place, type Value } from '../model/value.ts';
import { evaluate } from './evaluate.ts';
import { inFile, type Child, type Scope, type Written } from './scope.ts';
import { withTypeDefaults } from './type-defaults.ts';

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
  if (reference.root === 'module') return outputValue(reference.name, reference.rest, at);
  return resourceValue(reference.name, reference.rest, at);
}

type At = { readonly scope: Scope; readonly depth: number; readonly place: Place };
type Reference = { readonly root: 'var' | 'local' | 'module' | 'resource'; readonly name: string; readonly rest: readonly Step[] };

const unknowable = new Set(['each', 'count', 'path', 'terraform', 'self']);

function splitReference(root: string, steps: readonly Step[]): Reference | undefined {
  if (unknowable.has(root)) return undefined;
  const length = root === 'data' ? 2 : 1;
  const names = steps.slice(0, length).flatMap((step) => (step.kind === 'attribute' ? [step.name] : []));
  if (names.length < length) return undefined;
  const rest = steps.slice(length);
  if (root === 'var' || root === 'local' || root === 'module') return { root, name: names.join('.'), rest };
  return { root: 'resource', name: [root, ...names].join('.'), rest };
}

// Each name is worked out once; undefined in the memory means that it is being worked out, so a cycle ends as unknown.
function remembered(key: string, at: At, make: () => Value): Value {
  const { known } = at.scope.instance;
  if (known.has(key)) return known.get(key) ?? unknown(at.place);
  known.set(key, undefined);
  const value = make();
  known.set(key, value);
  return value;
}

function variableValue(name: string, at: At): Value {
  return remembered(`var.${name}`, at, () => {
    const variable = at.scope.module.variables.get(name);
    const value = assignedValue(name, variable, at);
    const type = attributeOf(variable, 'type');
    return type === undefined ? value : withTypeDefaults(value, type.node, inFile(at.scope, type.file));
  });
}

function assignedValue(name: string, variable: Written<Block> | undefined, at: At): Value {
  const { module, instance } = at.scope;
  const passed = passedValue(name, variable, at);
  if (passed !== undefined) return passed;
  if (instance.passed === undefined && module.unsettled.has(name)) return unknown(at.place);
  const assigned = instance.passed === undefined ? module.assigned.get(name)?.at(-1) : undefined;
  const chosen = assigned ?? attributeOf(variable, 'default');
  return chosen === undefined ? unknown(at.place) : evaluate(chosen.node, inFile(at.scope, chosen.file), at.depth);
}

// Null stands for the default where a variable says that it is not nullable.
function passedValue(name: string, variable: Written<Block> | undefined, at: At): Value | undefined {
  const passed = at.scope.instance.passed?.get(name);
  if (passed === undefined) return undefined;
  const value = evaluate(passed.expression.node, { ...passed.scope, file: passed.expression.file }, at.depth);
  const nullable = attributeOf(variable, 'nullable')?.node;
  const isRefused = nullable?.kind === 'literal' && nullable.value === false;
  return isRefused && value.kind === 'scalar' && value.value === null ? undefined : value;
}

type Block = Scope['module']['variables'] extends ReadonlyMap<string, Written<infer B>> ? B : never;

function attributeOf(block: Written<Block> | undefined, name: string): Written<Expression> | undefined {
  const value = block?.node.body.attributes.find((attribute) => attribute.name === name)?.value;
  return block === undefined || value === undefined ? undefined : { node: value, file: block.file };
}

function localValue(name: string, at: At): Value {
  const local = at.scope.module.locals.get(name);
  if (local === undefined) return unknown(at.place);
  return remembered(`local.${name}`, at, () => evaluate(local.node.value, inFile(at.scope, local.file), at.depth));
}

// `module.m.out`, `module.m["key"].out`, `module.m[*].out`.
function outputValue(name: string, rest: readonly Step[], at: At): Value {
  const children = at.scope.instance.children.get(name);
  const [first] = rest;
  if (children === undefined || first === undefined) return unknown(at.place);
  if (first.kind === 'splat') {
    return list(
      children.map((child) => childOutput(child, rest.slice(1), at)),
      at.place,
      children.some(({ key }) => key === undefined),
    );
  }
  const isIndexed = first.kind === 'index';
  const key = isIndexed ? textOf(evaluate(first.index, at.scope, at.depth)) : undefined;
  const child = children.find((candidate) => candidate.key === key) ?? (children.length === 1 ? children[0] : undefined);
  return child === undefined ? unknown(at.place) : childOutput(child, isIndexed ? rest.slice(1) : rest, at);
}

function childOutput({ scope }: Child, rest: readonly Step[], at: At): Value {
  const [first] = rest;
  const output = first?.kind === 'attribute' ? attributeOf(scope.module.outputs.get(first.name), 'value') : undefined;
  if (first?.kind !== 'attribute' || output === undefined) return unknown(at.place);
  const inside = { ...at, scope };
  const value = remembered(`output.${first.name}`, inside, () => evaluate(output.node, inFile(scope, output.file), at.depth));
  return walk(value, rest.slice(1), at);
}

// An attribute of a resource: known when the resource writes it, and always tied to the resource's address.
function resourceValue(address: string, rest: readonly Step[], at: At): Value {
  const key = `${at.scope.instance.prefix}${address}`;
  const written = at.scope.module.resources.get(address);
  const steps = rest[0]?.kind === 'index' || rest[0]?.kind === 'splat' ? rest.slice(1) : rest;
  const [first] = steps;
  const attribute =
    first?.kind === 'attribute' ? written?.node.body.attributes.find((candidate) => candidate.name === first.name) : undefined;
  if (written === undefined || attribute === undefined) return unknown(at.place, [key]);
  const value = remembered(`${address}.${attribute.name}`, at, () => evaluate(attribute.value, inFile(at.scope, written.file), at.depth));
  return { ...walk(value, steps.slice(1), at), refs: [key, ...value.refs] };
}

function walk(start: Value, steps: readonly Step[], at: At): Value {
  let value = start;
  for (const [index, step] of steps.entries()) {
    if (value.kind === 'unknown') return value.isError === true ? value : unknown(at.place, value.refs);
    if (step.kind === 'splat') return splat(value, steps.slice(index + 1), at);
    const key = step.kind === 'attribute' ? step.name : textOf(evaluate(step.index, at.scope, at.depth));
    const next = key === undefined ? unknown(at.place, value.refs) : partOf(value, key, at);
    value = next;
  }
  return value;
}

function partOf(value: Value, key: string, at: At): Value {
  if (value.kind === 'map') return value.entries.get(key)?.value ?? (value.open ? unknown(at.place, value.refs) : impossible(at.place));
  if (value.kind === 'list' && /^[0-9]+$/u.test(key))
    return value.items[Number(key)] ?? (value.open ? unknown(at.place, value.refs) : impossible(at.place));
  return value.kind === 'scalar' ? impossible(at.place) : unknown(at.place, value.refs);
}

function splat(value: Value, rest: readonly Step[], at: At): Value {
  const items = value.kind === 'list' ? value.items : value.kind === 'scalar' && value.value === null ? [] : [value];
  return list(
    items.map((item) => walk(item, rest, at)),
    at.place,
    value.kind === 'list' && value.open,
  );
}
