import { limits } from '@lib/contract';
import { callChartFunction, printed } from './chart-functions.ts';
import { isEmpty, isGoList, isGoMap, unknowable, type GoValue } from './go-value.ts';
import type { Branch, Command, Node, Operand, Pipeline } from './parse-chart-template.ts';

/** A piece of what a template writes, with the offset in the template that it comes from. `exact`: it is the template's own text. */
export type Written = { readonly text: string; readonly at: number; readonly isExact: boolean };

/** What evaluation shares: the templates that the chart defines, and the budget. */
export type Rendering = {
  readonly defined: ReadonlyMap<string, readonly Node[]>;
  steps: number;
  chars: number;
  problem: string | undefined;
};

type Scope = {
  readonly rendering: Rendering;
  readonly root: GoValue;
  readonly dot: GoValue;
  readonly variables: Map<string, GoValue>;
  readonly depth: number;
};

/**
 * Writes a template out; a problem in `rendering` says that it could not. What only the cluster knows is written as `hole`s, so that it stays unknown;
 * where such a value decides what is written, the template is not rendered.
 */
export function evaluateTemplate(nodes: readonly Node[], root: GoValue, rendering: Rendering): readonly Written[] {
  return write(nodes, { rendering, root, dot: root, variables: new Map(), depth: 0 });
}

const hole = '\uFFFC';

function write(nodes: readonly Node[], scope: Scope): readonly Written[] {
  const written: Written[] = [];
  const own: Scope = { ...scope, variables: new Map(scope.variables), depth: scope.depth + 1 };
  for (const node of nodes) {
    if (!spend(scope.rendering, scope.depth)) break;
    if (node.kind === 'text') written.push({ text: node.text, at: node.at, isExact: true });
    else if (node.kind === 'assign') own.variables.set(`$${node.name}`, evaluate(node.pipeline, own));
    else for (const piece of writeNode(node, own)) written.push(piece);
  }
  keepAssigned(own, scope);
  return written;
}

// An assignment to a variable of outside lasts.
function keepAssigned(inner: Scope, outer: Scope): void {
  for (const name of outer.variables.keys()) outer.variables.set(name, inner.variables.get(name) ?? null);
}

function spend(rendering: Rendering, depth: number): boolean {
  rendering.steps++;
  if (rendering.steps > limits.iacNodesMax || depth > limits.iacDepthMax) rendering.problem ??= 'it is too long or too deep';
  return rendering.problem === undefined;
}

function writeNode(node: Exclude<Node, { kind: 'text' | 'assign' }>, scope: Scope): readonly Written[] {
  switch (node.kind) {
    case 'output':
      return output(printed(evaluate(node.pipeline, scope)), node.at, scope);
    case 'template': {
      const value = node.pipeline === undefined ? null : evaluate(node.pipeline, scope);
      return output(include(node.name, value, scope), node.at, scope);
    }
    case 'if':
    case 'with':
      return branch(node, scope);
    case 'range':
      return range(node, scope);
  }
}

function output(text: string | undefined, at: number, { rendering }: Scope): readonly Written[] {
  const made = text ?? hole;
  rendering.chars += made.length;
  if (rendering.chars > limits.iacRenderedCharsMax) rendering.problem ??= 'what it writes is too long';
  return made === '' ? [] : [{ text: made, at, isExact: false }];
}

function branch(node: Branch, scope: Scope): readonly Written[] {
  const value = evaluate(node.pipeline, scope);
  const empty = isEmpty(value);
  if (empty === undefined) scope.rendering.problem ??= 'a condition asks for what only the cluster knows';
  if (empty !== false) return write(node.otherwise, scope);
  const [name] = node.names;
  const variables = name === undefined ? scope.variables : new Map([...scope.variables, [`$${name}`, value] as const]);
  const inner = { ...scope, dot: node.kind === 'with' ? value : scope.dot, variables };
  const written = write(node.body, inner);
  if (name !== undefined) keepAssigned(inner, scope);
  return written;
}

function range(node: Branch, scope: Scope): readonly Written[] {
  const value = evaluate(node.pipeline, scope);
  if (value === unknowable) scope.rendering.problem ??= 'a loop runs over what only the cluster knows';
  const pairs = pairsOf(value);
  if (pairs.length === 0) return write(node.otherwise, scope);
  return pairs.slice(0, limits.iacNodesMax).flatMap(([key, item]) => {
    const bound = node.names.length === 1 ? [item] : [key, item];
    const names = node.names.map((name, at) => [`$${name}`, bound[at] ?? null] as const);
    const inner = { ...scope, dot: item, variables: new Map([...scope.variables, ...names]) };
    const written = write(node.body, inner);
    keepAssigned(inner, scope);
    return written;
  });
}

function pairsOf(value: GoValue): readonly (readonly [GoValue, GoValue])[] {
  if (isGoMap(value)) return [...value].toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (isGoList(value)) return value.map((item, at) => [at, item] as const);
  const count = typeof value === 'number' ? Math.min(value, limits.iacInstancesMax) : 0;
  return Array.from({ length: count }, (_, at) => [at, at] as const);
}

function include(name: string, dot: GoValue, scope: Scope): string | undefined {
  const nodes = scope.rendering.defined.get(name);
  if (nodes === undefined) {
    scope.rendering.problem ??= `the template ${name.slice(0, 80)} is not in the chart`;
    return undefined;
  }
  const written = write(nodes, { ...scope, root: dot, dot, variables: new Map(), depth: scope.depth + 1 });
  return written.map(({ text }) => text).join('');
}

function evaluate(pipeline: Pipeline, scope: Scope): GoValue {
  let passed: GoValue | undefined;
  for (const command of pipeline.commands) {
    if (!spend(scope.rendering, scope.depth)) return unknowable;
    passed = run(command, passed, scope);
  }
  return passed ?? null;
}

function run([head, ...rest]: Command, passed: GoValue | undefined, scope: Scope): GoValue {
  if (head === undefined) return null;
  const values: readonly GoValue[] = [...rest.map((operand) => valueOf(operand, scope)), ...(passed === undefined ? [] : [passed])];
  if (head.kind !== 'function')
    return head.kind === 'field' && head.names.at(-1) === 'Has' ? offered(values[0] ?? null) : valueOf(head, scope);
  return callNamed(head.name, values, scope);
}

// `.Capabilities.APIVersions.Has "x"`, the one method that charts call: a current cluster offers the stable versions of its own groups.
function offered(version: GoValue): GoValue {
  return typeof version === 'string' && /^(?:[a-z]+\/|[a-z.]+\.k8s\.io\/)?v\d+(?:\/\w+)?$/u.test(version);
}

function callNamed(name: string, values: readonly GoValue[], scope: Scope): GoValue {
  const [first = null, second = null] = values;
  if (name === 'include') return include(String(printed(first)), second, scope) ?? unknowable;
  if (name === 'tpl') return typeof first === 'string' && !first.includes('{{') ? first : unknowable;
  const made = callChartFunction(name, values);
  if (made === undefined) scope.rendering.problem ??= 'it refuses its own values';
  return made ?? unknowable;
}

function valueOf(operand: Operand, scope: Scope): GoValue {
  switch (operand.kind) {
    case 'literal':
      return operand.value;
    case 'function':
      return callNamed(operand.name, [], scope);
    case 'field': {
      const start = typeof operand.root === 'string' ? rootOf(operand.root, scope) : evaluate(operand.root, scope);
      return operand.names.reduce<GoValue>((at, name) => fieldOf(at, name), start);
    }
  }
}

function rootOf(root: string, scope: Scope): GoValue {
  if (root === '.') return scope.dot;
  return root === '$' ? scope.root : (scope.variables.get(root) ?? null);
}

function fieldOf(value: GoValue, name: string): GoValue {
  if (isGoMap(value)) return value.get(name) ?? null;
  return value === unknowable ? unknowable : null;
}
