import { FunctionBuilder } from '../../ir/function-builder.ts';
import type { ValueId } from '../../ir/instruction.ts';
import { emit } from '../emitter.ts';
import type { SyntaxNode } from '../tree-sitter/syntax-node.ts';
import { inBlock, textOf, type JavaFrame, type JavaLowering } from './java-lowering.ts';
import { spell } from './lower-call.ts';
import { lowerExpression } from './lower-expression.ts';
import { bindParameters, describeParameter, isParameter, reserveFunction } from './lower-method.ts';
import { lowerStatement } from './lower-statement.ts';
import { noFacts, surveyBody } from './survey-body.ts';

/** Lowers `x -> ...`. */
export function lowerLambda(lowering: JavaLowering, node: SyntaxNode): ValueId {
  const list = node.child('parameters');
  const parameters =
    list === undefined
      ? []
      : list.type === 'identifier'
        ? [list]
        : list.children.filter((child) => isParameter(child) || child.type === 'identifier');
  const body = node.child('body');
  return lowerInner(lowering, { node, parameters, facts: body === undefined ? noFacts : surveyBody(lowering.text, body) }, () => {
    if (body?.type === 'block') lowerStatement(lowering, body);
    else if (body !== undefined) {
      emit(lowering, { op: 'return', value: lowerExpression(lowering, body) }, body);
      lowering.frame.builder.leave();
    }
  });
}

/** Lowers `X::m`: a function that calls the method on what is named, or on its first argument. */
export function lowerMethodReference(lowering: JavaLowering, node: SyntaxNode): ValueId {
  const [object, member] = node.children;
  if (object === undefined) return lowerExpression(lowering, undefined);
  const holder = lowerExpression(lowering, object);
  if (member === undefined) return makerReference(lowering, node, holder);
  const name = textOf(lowering, member);
  return lowerInner(lowering, { node, parameters: [], facts: noFacts, arity: 2 }, () => {
    const first = emit(lowering, { op: 'parameter', index: 0, rest: false }, node);
    const second = emit(lowering, { op: 'parameter', index: 1, rest: false }, node);
    const outer = emit(lowering, { op: 'outer', hops: 1, value: holder }, node);
    const spelling = [...spell(lowering, object), name];
    const call = (receiver: ValueId, args: readonly ValueId[]): ValueId =>
      emit(
        lowering,
        {
          op: 'call',
          form: 'call',
          callee: emit(lowering, { op: 'load', object: receiver, key: { name } }, node),
          receiver,
          arguments: args.map((value) => ({ value, spread: false })),
          spelling,
        },
        node,
      );
    const isType = object.type !== 'this' && /^(?:.*\.)?\p{Lu}/u.test(textOf(lowering, object));
    const bound = call(outer, isType ? [first] : [first, second]);
    const value = isType ? emit(lowering, { op: 'phi', inputs: [bound, call(first, [second])] }, node) : bound;
    emit(lowering, { op: 'return', value }, node);
    lowering.frame.builder.leave();
  });
}

/** `X::new`. */
function makerReference(lowering: JavaLowering, node: SyntaxNode, holder: ValueId): ValueId {
  return lowerInner(lowering, { node, parameters: [], facts: noFacts, arity: 1 }, () => {
    const first = emit(lowering, { op: 'parameter', index: 0, rest: false }, node);
    const callee = emit(lowering, { op: 'outer', hops: 1, value: holder }, node);
    const args = [{ value: first, spread: false }];
    const value = emit(lowering, { op: 'call', form: 'new', callee, receiver: undefined, arguments: args, spelling: [] }, node);
    emit(lowering, { op: 'return', value }, node);
    lowering.frame.builder.leave();
  });
}

type Inner = {
  readonly node: SyntaxNode;
  readonly parameters: readonly SyntaxNode[];
  readonly facts: JavaFrame['facts'];
  /** Parameters of a function that has none in the source. */
  readonly arity?: number;
};

function lowerInner(lowering: JavaLowering, inner: Inner, body: () => void): ValueId {
  const { node, parameters, facts, arity = 0 } = inner;
  const id = reserveFunction(lowering);
  const value = emit(lowering, { op: 'function', id }, node);
  const unnamed = { name: '', properties: [], annotation: undefined, decorators: [] };
  const builder = new FunctionBuilder({
    id,
    name: '',
    parent: lowering.frame.builder,
    parameters: [...parameters.map((parameter) => describeParameter(lowering, parameter)), ...Array.from({ length: arity }, () => unnamed)],
    decorators: [],
    isAsync: false,
    isGenerator: false,
    isExported: false,
    span: node,
  });
  const outer = lowering.frame;
  lowering.frame = { builder, parent: outer, isLambda: true, receiver: builder.emit({ op: 'receiver' }, node), fixed: new Map(), facts };
  const parent = outer.fixed.get('super');
  if (parent !== undefined) lowering.frame.fixed.set('super', builder.emit({ op: 'outer', hops: 1, value: parent }, node));
  inBlock(lowering, () => {
    bindParameters(lowering, parameters);
    body();
  });
  lowering.functions[id] = builder.finish();
  lowering.frame = outer;
  return value;
}
