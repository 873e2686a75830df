import { refineBy } from '../conditions.ts';
import type { Changes } from '../../ir/function-builder.ts';
import { deeper, emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { lowerClass } from './lower-class.ts';
import { lowerExpression, lowerTest } from './lower-expression.ts';
import { lowerFunction } from './lower-function.ts';
import { lowerImport } from './lower-import.ts';
import { lowerFor, lowerWhile } from './lower-loop.ts';
import { lowerMatch } from './lower-match.ts';
import { lowerTry, lowerWith } from './lower-try.ts';
import { textOf, type PythonLowering } from './python-lowering.ts';

type Action = (lowering: PythonLowering, node: SyntaxNode) => void;

export function lowerStatement(lowering: PythonLowering, node: SyntaxNode | undefined): void {
  const action = node === undefined ? undefined : actions.get(node.type);
  if (node === undefined || action === undefined || !lowering.frame.builder.reachable) return;
  deeper(
    lowering,
    () => undefined,
    () => {
      action(lowering, node);
    },
  );
}

export function lowerBlock(lowering: PythonLowering, node: SyntaxNode | undefined): void {
  for (const child of node?.children ?? []) lowerStatement(lowering, child);
}

const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['block', lowerBlock],
  ['expression_statement', lowerExpressionStatement],
  ['if_statement', lowerIf],
  ['for_statement', lowerFor],
  ['while_statement', lowerWhile],
  ['try_statement', lowerTry],
  ['with_statement', lowerWith],
  ['match_statement', lowerMatch],
  ['return_statement', lowerReturn],
  ['raise_statement', lowerRaise],
  [
    'assert_statement',
    (lowering, node) => {
      lowerTest(lowering, node.children[0]).assume(true);
    },
  ],
  [
    'break_statement',
    (lowering) => {
      lowering.frame.builder.jump('break', undefined);
    },
  ],
  [
    'continue_statement',
    (lowering) => {
      lowering.frame.builder.jump('continue', undefined);
    },
  ],
  ['function_definition', (lowering, node) => void lowerFunction(lowering, node)],
  ['class_definition', (lowering, node) => void lowerClass(lowering, node)],
  ['decorated_definition', lowerDecorated],
  ['import_statement', lowerImport],
  ['import_from_statement', lowerImport],
]);

const checking = /check|valid|assert|require|verif|ensure|reject|guard|permit|authori[sz]|abort/iu;

function lowerExpressionStatement(lowering: PythonLowering, node: SyntaxNode): void {
  for (const child of node.children) {
    const value = lowerExpression(lowering, child);
    const callee = child.type === 'call' ? child.child('function') : undefined;
    if (callee === undefined) continue;
    const written = textOf(lowering, callee);
    if (callee.type === 'identifier' || checking.test(written)) refineBy(lowering, value, 'returned');
    if (/^(?:(?:flask\.)?abort|sys\.exit|exit)$/u.test(written)) lowering.frame.builder.reachable = false;
  }
}

function lowerDecorated(lowering: PythonLowering, node: SyntaxNode): void {
  const definition = node.child('definition');
  const decorators = node.children.filter((child) => child.type === 'decorator');
  if (definition?.type === 'function_definition') lowerFunction(lowering, definition, { decorators });
  else lowerStatement(lowering, definition);
}

/** Lowers `if`, `elif` and `else` without a level of depth for each. */
function lowerIf(lowering: PythonLowering, node: SyntaxNode): void {
  const { builder } = lowering.frame;
  const ways = [node, ...node.children.filter((child) => child.type === 'elif_clause')];
  const last = node.ofType('else_clause');
  const ends: (Changes | undefined)[] = [];
  const mark = builder.mark();
  for (const way of ways) {
    const test = lowerTest(lowering, way.child('condition'));
    ends.push(
      builder.arm(() => {
        test.assume(true);
        lowerBlock(lowering, way.child('consequence'));
      }),
    );
    test.assume(false);
  }
  lowerBlock(lowering, last?.child('body'));
  const fell = builder.reachable ? builder.changesSince(mark) : undefined;
  builder.rollBack(mark);
  builder.reachable = true;
  builder.meet([...ends, fell], node);
}

function lowerReturn(lowering: PythonLowering, node: SyntaxNode): void {
  if (node.children[0] !== undefined) emit(lowering, { op: 'return', value: lowerExpression(lowering, node.children[0]) }, node);
  lowering.frame.builder.leave();
}

function lowerRaise(lowering: PythonLowering, node: SyntaxNode): void {
  lowerExpression(lowering, node.children[0]);
  lowering.frame.builder.reachable = false;
}
