import { emit, unknownValue } from '../emitter.ts';
import { refineBy } from '../conditions.ts';
import { deeper } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { typeNameOf } from './file-names.ts';
import { declareLocal, inBlock, textOf, type JavaLowering } from './java-lowering.ts';
import { lowerLocalClass } from './lower-class.ts';
import { constantOf } from './lower-container.ts';
import { knownTruth, lowerExpression, lowerTest } from './lower-expression.ts';
import { lowerDo, lowerEach, lowerFor, lowerWhile } from './lower-loop.ts';
import { lowerSwitch } from './lower-switch.ts';
import { lowerTry } from './lower-try.ts';

type Action = (lowering: JavaLowering, node: SyntaxNode) => void;

export function lowerStatement(lowering: JavaLowering, node: SyntaxNode | undefined): void {
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

/** Lowers statements in the block in hand. */
export function lowerStatements(lowering: JavaLowering, nodes: readonly SyntaxNode[]): void {
  for (const node of nodes) lowerStatement(lowering, node);
}

const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['block', lowerBlock],
  ['constructor_body', lowerBlock],
  ['expression_statement', lowerExpressionStatement],
  ['local_variable_declaration', lowerLocals],
  ['if_statement', lowerIf],
  [
    'while_statement',
    (lowering, node) => {
      lowerWhile(lowering, node, undefined);
    },
  ],
  [
    'do_statement',
    (lowering, node) => {
      lowerDo(lowering, node, undefined);
    },
  ],
  [
    'for_statement',
    (lowering, node) => {
      lowerFor(lowering, node, undefined);
    },
  ],
  [
    'enhanced_for_statement',
    (lowering, node) => {
      lowerEach(lowering, node, undefined);
    },
  ],
  ['labeled_statement', lowerLabelled],
  ['return_statement', lowerReturn],
  ['throw_statement', lowerThrow],
  ['yield_statement', lowerYield],
  ['try_statement', lowerTry],
  ['try_with_resources_statement', lowerTry],
  [
    'switch_expression',
    (lowering, node) => {
      lowerSwitch(lowering, node);
    },
  ],
  [
    'synchronized_statement',
    (lowering, node) => {
      lowerStatement(lowering, node.child('body'));
    },
  ],
  [
    'break_statement',
    (lowering, node) => {
      jump(lowering, node, 'break');
    },
  ],
  [
    'continue_statement',
    (lowering, node) => {
      jump(lowering, node, 'continue');
    },
  ],
  ['class_declaration', lowerLocalClass],
  ['record_declaration', lowerLocalClass],
  [
    'assert_statement',
    (lowering, node) => {
      lowerTest(lowering, node.children[0]).assume(true);
    },
  ],
]);

function lowerBlock(lowering: JavaLowering, node: SyntaxNode): void {
  inBlock(lowering, () => {
    lowerStatements(lowering, node.children);
  });
}

function lowerExpressionStatement(lowering: JavaLowering, node: SyntaxNode): void {
  const [expression] = node.children;
  const value = lowerExpression(lowering, expression);
  if (expression?.type === 'method_invocation' && mayCheck(lowering, expression)) refineBy(lowering, value, 'returned');
}

const checking = /check|valid|assert|require|verif|ensure|reject|guard|permit|authori[sz]/iu;

/** Whether that a call came back can say something of its arguments: a method of this class is looked into, another is known by its name. */
function mayCheck(lowering: JavaLowering, node: SyntaxNode): boolean {
  const object = node.child('object');
  const name = node.child('name');
  return object === undefined || object.type === 'this' || (name !== undefined && checking.test(textOf(lowering, name)));
}

/** Lowers `T a = 1, b;`. */
export function lowerLocals(lowering: JavaLowering, node: SyntaxNode): void {
  const type = typeNameOf(lowering.text, lowering.names, node.child('type'));
  for (const declarator of node.children) {
    const name = declarator.field === 'declarator' ? declarator.child('name') : undefined;
    if (name === undefined) continue;
    const written = textOf(lowering, name);
    const value = declarator.child('value');
    const initial = value === undefined ? undefined : lowerExpression(lowering, value);
    const container = lowering.frame.facts.containers.get(written);
    const local = declareLocal(lowering, written, { type, container });
    const isPlain = initial === undefined || type === undefined || container !== undefined || constantOf(lowering, initial) !== undefined;
    const given = isPlain ? initial : emit(lowering, { op: 'declared', value: initial, type }, name);
    lowering.frame.builder.write(local.variable, given ?? unset(lowering, declarator, type));
  }
}

function unset(lowering: JavaLowering, node: SyntaxNode, type: ReturnType<typeof typeNameOf>): number {
  return type === undefined ? unknownValue(lowering, node) : emit(lowering, { op: 'constant', value: null }, node);
}

/** Lowers `if`; only the arm that can be reached, where the condition is known. */
function lowerIf(lowering: JavaLowering, node: SyntaxNode): void {
  const { builder } = lowering.frame;
  inBlock(lowering, () => {
    const test = lowerTest(lowering, node.child('condition'));
    const truth = knownTruth(lowering, test);
    if (truth !== undefined) {
      lowerStatement(lowering, node.child(truth ? 'consequence' : 'alternative'));
      return;
    }
    const arms = [true, false].map((outcome) =>
      builder.arm(() => {
        test.assume(outcome);
        lowerStatement(lowering, node.child(outcome ? 'consequence' : 'alternative'));
      }),
    );
    builder.meet(arms, node);
  });
}

function lowerReturn(lowering: JavaLowering, node: SyntaxNode): void {
  const [expression] = node.children;
  if (expression !== undefined) {
    const value = lowerExpression(lowering, expression);
    emit(lowering, { op: 'return', value }, node);
  }
  lowering.frame.builder.leave();
}

function lowerThrow(lowering: JavaLowering, node: SyntaxNode): void {
  lowerExpression(lowering, node.children[0]);
  lowering.frame.builder.reachable = false;
}

function lowerYield(lowering: JavaLowering, node: SyntaxNode): void {
  lowering.yielded?.push(lowerExpression(lowering, node.children[0]));
  lowering.frame.builder.jump('break', undefined);
}

function jump(lowering: JavaLowering, node: SyntaxNode, kind: 'break' | 'continue'): void {
  const label = node.ofType('identifier');
  lowering.frame.builder.jump(kind, label === undefined ? undefined : textOf(lowering, label));
}

const loops: ReadonlyMap<string, (lowering: JavaLowering, node: SyntaxNode, label: string | undefined) => void> = new Map([
  ['while_statement', lowerWhile],
  ['do_statement', lowerDo],
  ['for_statement', lowerFor],
  ['enhanced_for_statement', lowerEach],
]);

function lowerLabelled(lowering: JavaLowering, node: SyntaxNode): void {
  const [name, body] = node.children;
  if (name === undefined || body === undefined) return;
  const label = textOf(lowering, name);
  const loop = loops.get(body.type);
  if (loop !== undefined) loop(lowering, body, label);
  else
    lowering.frame.builder.breakable(
      label,
      () => {
        lowerStatement(lowering, body);
      },
      node,
    );
}
