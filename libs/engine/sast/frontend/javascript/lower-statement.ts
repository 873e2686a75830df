import type { Directive, Expression, Node, Statement } from 'oxc-parser';
import { lookUp, type Scope } from './bindings.ts';
import { declareName } from './lower-name.ts';
import { deeper, emit } from '../emitter.ts';
import { inScopeOf, type Lowering } from './lowering.ts';
import { lowerExpression, lowerNamed } from './lower-expression.ts';
import { lowerPattern } from './lower-pattern.ts';
import { refineBy } from '../conditions.ts';
import { lowerTest } from './lower-test.ts';
import { hoistFunctions } from './lower-function.ts';
import { lowerClass } from './lower-class.ts';
import { lowerForIn, lowerForOf, lowerFor, lowerWhile, lowerDoWhile } from './lower-loop.ts';
import { lowerSwitch } from './lower-switch.ts';
import { lowerTry } from './lower-try.ts';
import { lowerExportAll, lowerExportDefault, lowerExportNamed } from './lower-export.ts';
import { lowerEnum } from './lower-enum.ts';
import { typeNameOf } from './type-name.ts';
import { actionsByType, type NodeOf } from './node-of.ts';

/** Lowers the statements of one block, its function declarations first. */
export function lowerStatements(lowering: Lowering, statements: readonly (Statement | Directive)[]): void {
  declareScope(lowering, lowering.scope);
  hoistFunctions(lowering, statements);
  for (const statement of statements) lowerStatement(lowering, statement);
}

/** Gives every name of a scope a variable in the function in hand. */
export function declareScope(lowering: Lowering, scope: Scope): void {
  for (const binding of scope.names.values()) if (binding.importedFrom === undefined) declareName(lowering, binding, binding.annotation);
}

export function lowerStatement(lowering: Lowering, node: Node): void {
  const visitor = statements.get(node.type);
  if (visitor === undefined) return;
  deeper(
    lowering,
    () => undefined,
    () => {
      visitor(lowering, node);
    },
  );
}

/** Lowers a statement under a name that `break` and `continue` may use. */
function lowerLabelled(lowering: Lowering, node: NodeOf<'LabeledStatement'>): void {
  const label = node.label.name;
  const loop = loops.get(node.body.type);
  if (loop !== undefined) loop({ lowering, label }, node.body);
  else
    lowering.frame.builder.breakable(
      label,
      () => {
        lowerStatement(lowering, node.body);
      },
      node,
    );
}

/** A loop and the label that stands before it. */
export type LabelledLoop = { readonly lowering: Lowering; readonly label: string | undefined };

const loops = actionsByType<LabelledLoop>({
  ForStatement: lowerFor,
  ForInStatement: lowerForIn,
  ForOfStatement: lowerForOf,
  WhileStatement: lowerWhile,
  DoWhileStatement: lowerDoWhile,
});

function lowerLoop(lowering: Lowering, node: Node): void {
  loops.get(node.type)?.({ lowering, label: undefined }, node);
}

const statements = actionsByType<Lowering>({
  ExpressionStatement: (lowering, node) => {
    const value = lowerExpression(lowering, node.expression);
    if (isCall(node.expression)) refineBy(lowering, value, 'returned');
    if (neverReturns(node.expression)) lowering.frame.builder.reachable = false;
  },
  VariableDeclaration: lowerVariables,
  ReturnStatement: (lowering, node) => {
    const value = node.argument === null ? undefined : lowerExpression(lowering, node.argument);
    if (value !== undefined) emit(lowering, { op: 'return', value }, node);
    lowering.frame.builder.leave();
  },
  ThrowStatement: (lowering, node) => {
    emit(lowering, { op: 'throw', value: lowerExpression(lowering, node.argument) }, node);
    lowering.frame.builder.reachable = false;
  },
  IfStatement: lowerIf,
  BlockStatement: (lowering, node) => {
    inScopeOf(lowering, node, () => {
      lowerStatements(lowering, node.body);
    });
  },
  ForStatement: lowerLoop,
  ForInStatement: lowerLoop,
  ForOfStatement: lowerLoop,
  WhileStatement: lowerLoop,
  DoWhileStatement: lowerLoop,
  SwitchStatement: lowerSwitch,
  TryStatement: lowerTry,
  LabeledStatement: lowerLabelled,
  BreakStatement: (lowering, node) => {
    lowering.frame.builder.jump('break', node.label?.name);
  },
  ContinueStatement: (lowering, node) => {
    lowering.frame.builder.jump('continue', node.label?.name);
  },
  ClassDeclaration: (lowering, node) => {
    lowerClass(lowering, node);
  },
  WithStatement: (lowering, node) => {
    lowerExpression(lowering, node.object);
    lowerStatement(lowering, node.body);
  },
  ExportNamedDeclaration: lowerExportNamed,
  ExportDefaultDeclaration: lowerExportDefault,
  ExportAllDeclaration: lowerExportAll,
  TSExportAssignment: (lowering, node) => {
    const value = lowerExpression(lowering, node.expression);
    const target = emit(lowering, { op: 'global', name: 'module' }, node);
    emit(lowering, { op: 'store', object: target, key: { name: 'exports' }, value }, node);
  },
  TSEnumDeclaration: lowerEnum,
  TSModuleDeclaration: (lowering, node) => {
    if (node.body?.type !== 'TSModuleBlock') return;
    const { body } = node;
    inScopeOf(lowering, body, () => {
      lowerStatements(lowering, body.body);
    });
  },
});

function lowerVariables(lowering: Lowering, node: NodeOf<'VariableDeclaration'>): void {
  for (const declarator of node.declarations) {
    if (declarator.id.type === 'Identifier' && declarator.id.typeAnnotation !== null) {
      const binding = lookUp(lowering.scope, declarator.id.name);
      if (binding !== undefined) binding.annotation = typeNameOf(lowering, declarator.id.typeAnnotation ?? undefined);
    }
    if (declarator.init === null) continue;
    const value = lowerNamed(lowering, declarator.init, declarator.id.type === 'Identifier' ? declarator.id.name : '');
    lowerPattern(lowering, { pattern: declarator.id, value, declares: true });
  }
}

/** Lowers `if`: each arm knows how the test went. */
function lowerIf(lowering: Lowering, node: NodeOf<'IfStatement'>): void {
  const { builder } = lowering.frame;
  const test = lowerTest(lowering, node.test);
  const then = builder.arm(() => {
    test.assume(true);
    lowerStatement(lowering, node.consequent);
  });
  const otherwise = builder.arm(() => {
    test.assume(false);
    if (node.alternate !== null) lowerStatement(lowering, node.alternate);
  });
  builder.meet([then, otherwise], node);
}

/** Calls that end the function though no keyword says so: `ctx.throw(404)`, `process.exit(1)`, `notFound()`. */
function neverReturns(node: Expression): boolean {
  if (node.type !== 'CallExpression') return false;
  const { callee } = node;
  if (callee.type === 'Identifier') return callee.name === 'notFound';
  if (callee.type !== 'MemberExpression' || callee.computed || callee.object.type !== 'Identifier') return false;
  return callee.property.name === 'throw' || (callee.property.name === 'exit' && callee.object.name === 'process');
}

function isCall(node: Expression): boolean {
  if (node.type === 'AwaitExpression') return isCall(node.argument);
  return node.type === 'CallExpression';
}
