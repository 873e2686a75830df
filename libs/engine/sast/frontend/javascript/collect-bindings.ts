import type { Node, VariableDeclaration } from 'oxc-parser';
import type { Assignment, Binding, Scope } from './bindings.ts';
import { actionsByType, type NodeOf } from './node-of.ts';
import { pushChildren } from './syntax-children.ts';
import { namesInPattern } from './names-in-pattern.ts';

/** Scopes by the node that opens them, and every assignment in source order. */
export type Bindings = {
  readonly scopes: ReadonlyMap<Node, Scope>;
  readonly assignments: readonly Assignment[];
  readonly nodeCount: number;
  /** True when the file has more nodes than `nodesMax` and the walk stopped. */
  readonly cut: boolean;
};

/** Work left: a node to visit, or a scope to close. */
type Pending = Node | { readonly type: 'close'; readonly scope: Scope };

type Walk = {
  readonly scopes: Map<Node, Scope>;
  readonly assignments: Assignment[];
  scope: Scope;
};

/** Declares every name and finds who assigns it, in one walk without recursion. */
export function collectBindings(program: Node, nodesMax: number): Bindings {
  const root = openScope(undefined, true);
  const walk: Walk = { scopes: new Map([[program, root]]), assignments: [], scope: root };
  const stack: Pending[] = [{ type: 'close', scope: root }];
  pushChildren(program, stack);
  let nodeCount = 0;
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next.type === 'close') {
      closeScope(next.scope);
      walk.scope = next.scope.parent ?? next.scope;
      continue;
    }
    nodeCount++;
    if (nodeCount > nodesMax) return { scopes: walk.scopes, assignments: walk.assignments, nodeCount, cut: true };
    visit(walk, next, stack);
  }
  walk.assignments.sort((a, b) => a.position - b.position);
  return { scopes: walk.scopes, assignments: walk.assignments, nodeCount, cut: false };
}

function visit(walk: Walk, node: Node, stack: Pending[]): void {
  declarers.get(node.type)?.(walk, node);
  const opens = scopeOpeners.get(node.type);
  if (opens !== undefined) {
    const scope = openScope(walk.scope, opens === 'function');
    walk.scopes.set(node, scope);
    stack.push({ type: 'close', scope });
    walk.scope = scope;
    innerDeclarers.get(node.type)?.(walk, node);
  }
  pushChildren(node, stack);
}

const scopeOpeners: ReadonlyMap<string, 'function' | 'block'> = new Map([
  ['FunctionDeclaration', 'function'],
  ['FunctionExpression', 'function'],
  ['ArrowFunctionExpression', 'function'],
  ['StaticBlock', 'block'],
  ['TSModuleBlock', 'block'],
  ['BlockStatement', 'block'],
  ['ForStatement', 'block'],
  ['ForInStatement', 'block'],
  ['ForOfStatement', 'block'],
  ['SwitchStatement', 'block'],
  ['CatchClause', 'block'],
  ['ClassExpression', 'block'],
]);

/** What a node declares or assigns in the scope around it. */
const declarers = actionsByType<Walk>({
  VariableDeclaration: declareVariables,
  FunctionDeclaration: (walk, node) => {
    if (node.id !== null) declare(walk.scope, node.id.name);
  },
  ClassDeclaration: (walk, node) => {
    if (node.id !== null) declare(walk.scope, node.id.name);
  },
  TSEnumDeclaration: (walk, node) => {
    declare(walk.scope, node.id.name);
  },
  ImportDeclaration: (walk, node) => {
    for (const specifier of node.specifiers) {
      const name =
        specifier.type === 'ImportDefaultSpecifier'
          ? 'default'
          : specifier.type === 'ImportNamespaceSpecifier'
            ? '*'
            : exportName(specifier.imported);
      declare(walk.scope, specifier.local.name, { specifier: node.source.value, name });
    }
  },
  TSImportEqualsDeclaration: (walk, node) => {
    const reference = node.moduleReference;
    const imported = reference.type === 'TSExternalModuleReference' ? { specifier: reference.expression.value, name: '*' } : undefined;
    declare(walk.scope, node.id.name, imported);
  },
  AssignmentExpression: (walk, node) => {
    assignAll(walk, node.left, node.start);
  },
  UpdateExpression: (walk, node) => {
    assignAll(walk, node.argument, node.start);
  },
  ForInStatement: (walk, node) => {
    if (node.left.type !== 'VariableDeclaration') assignAll(walk, node.left, node.left.start);
  },
  ForOfStatement: (walk, node) => {
    if (node.left.type !== 'VariableDeclaration') assignAll(walk, node.left, node.left.start);
  },
});

/** What a node declares inside the scope that it opens. */
const innerDeclarers = actionsByType<Walk>({
  FunctionDeclaration: declareParameters,
  FunctionExpression: (walk, node) => {
    if (node.id !== null) declare(walk.scope, node.id.name);
    declareParameters(walk, node);
  },
  ArrowFunctionExpression: declareParameters,
  CatchClause: (walk, node) => {
    if (node.param !== null) for (const name of namesInPattern(node.param)) declare(walk.scope, name);
  },
  ClassExpression: (walk, node) => {
    if (node.id !== null) declare(walk.scope, node.id.name);
  },
});

/** The name of an import or export specifier. */
export function exportName(
  node: { readonly type: 'Identifier'; readonly name: string } | { readonly type: 'Literal'; readonly value: string },
): string {
  return node.type === 'Identifier' ? node.name : node.value;
}

function declareVariables(walk: Walk, node: VariableDeclaration): void {
  const scope = node.kind === 'var' ? (walk.scope.functionScope ?? walk.scope) : walk.scope;
  for (const declarator of node.declarations) {
    for (const name of namesInPattern(declarator.id)) {
      const binding = declare(scope, name);
      if (walk.scope !== scope || declarator.init !== null) {
        walk.assignments.push({ position: declarator.start, name, functionScope: scope.functionScope ?? scope, binding });
      }
    }
  }
}

function declareParameters(walk: Walk, node: NodeOf<'FunctionDeclaration'> | NodeOf<'ArrowFunctionExpression'>): void {
  for (const parameter of node.params) {
    const pattern = parameter.type === 'TSParameterProperty' ? parameter.parameter : parameter;
    for (const name of namesInPattern(pattern)) declare(walk.scope, name);
  }
}

function declare(scope: Scope, name: string, importedFrom?: { readonly specifier: string; readonly name: string }): Binding {
  const known = scope.names.get(name);
  if (known !== undefined) {
    known.writeCount++;
    return known;
  }
  const binding: Binding = {
    name,
    functionScope: scope.functionScope ?? scope,
    writeCount: 1,
    closureWritten: false,
    importedFrom,
    annotation: undefined,
    owner: undefined,
    variable: -1,
    path: undefined,
  };
  scope.names.set(name, binding);
  return binding;
}

function assignAll(walk: Walk, target: Node, position: number): void {
  for (const name of namesInPattern(target)) {
    const assignment: Assignment = { position, name, functionScope: walk.scope.functionScope ?? walk.scope, binding: undefined };
    walk.assignments.push(assignment);
    walk.scope.pending.push(assignment);
  }
}

function openScope(parent: Scope | undefined, isFunction: boolean): Scope {
  const scope: { -readonly [K in keyof Scope]: Scope[K] } = { parent, names: new Map(), functionScope: parent?.functionScope, pending: [] };
  if (isFunction) scope.functionScope = scope;
  return scope;
}

function closeScope(scope: Scope): void {
  for (const assignment of scope.pending) {
    const binding = scope.names.get(assignment.name);
    if (binding === undefined) scope.parent?.pending.push(assignment);
    else {
      assignment.binding = binding;
      binding.writeCount++;
      if (assignment.functionScope !== binding.functionScope) binding.closureWritten = true;
    }
  }
  scope.pending.length = 0;
}
