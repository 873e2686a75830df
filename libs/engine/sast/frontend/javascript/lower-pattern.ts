import type { Node } from 'oxc-parser';
import type { Key, ValueId } from '../../ir/instruction.ts';
import { actionsByType, type NodeOf } from './node-of.ts';
import { deeper, emit } from '../emitter.ts';
import type { Lowering } from './lowering.ts';
import { writeName } from './lower-name.ts';
import { lowerExpression } from './lower-expression.ts';
import { lowerKey, storeMember } from './lower-member.ts';

/** Binds a value to a declaration or assignment target. */
export type PatternJob = { readonly pattern: Node; readonly value: ValueId; readonly declares: boolean };

/** Takes a value apart as the target says and writes the parts. */
export function lowerPattern(lowering: Lowering, job: PatternJob): void {
  const visitor = patterns.get(job.pattern.type);
  deeper(
    lowering,
    () => undefined,
    () => visitor?.({ lowering, job }, job.pattern),
  );
}

type Context = { readonly lowering: Lowering; readonly job: PatternJob };

const patterns = actionsByType<Context>({
  Identifier: ({ lowering, job }, node) => {
    writeName(lowering, node.name, { value: job.value, span: node });
  },
  MemberExpression: ({ lowering, job }, node) => {
    storeMember(lowering, node, job.value);
  },
  AssignmentPattern: ({ lowering, job }, node) => {
    const otherwise = lowerExpression(lowering, node.right);
    const value = emit(lowering, { op: 'phi', inputs: [job.value, otherwise] }, node);
    lowerPattern(lowering, { ...job, pattern: node.left, value });
  },
  ObjectPattern: lowerObjectPattern,
  ArrayPattern: lowerArrayPattern,
  RestElement: ({ lowering, job }, node) => {
    lowerPattern(lowering, { ...job, pattern: node.argument });
  },
  TSAsExpression: ({ lowering, job }, node) => {
    lowerPattern(lowering, { ...job, pattern: node.expression });
  },
  TSNonNullExpression: ({ lowering, job }, node) => {
    lowerPattern(lowering, { ...job, pattern: node.expression });
  },
});

function lowerObjectPattern({ lowering, job }: Context, node: NodeOf<'ObjectPattern'>): void {
  const taken: string[] = [];
  for (const property of node.properties) {
    if (property.type === 'RestElement') {
      const rest = emit(lowering, { op: 'object' }, property);
      emit(lowering, { op: 'spread', target: rest, source: job.value, except: taken }, property);
      lowerPattern(lowering, { ...job, pattern: property.argument, value: rest });
      continue;
    }
    const key: Key = lowerKey(lowering, property.key, property.computed);
    if ('name' in key) taken.push(key.name);
    const value = emit(lowering, { op: 'load', object: job.value, key }, property);
    lowerPattern(lowering, { ...job, pattern: property.value, value });
  }
}

function lowerArrayPattern({ lowering, job }: Context, node: NodeOf<'ArrayPattern'>): void {
  for (const [index, element] of node.elements.entries()) {
    if (element === null) continue;
    if (element.type === 'RestElement') {
      const any = emit(lowering, { op: 'element', of: job.value }, element);
      const rest = emit(lowering, { op: 'array', elements: [{ value: any, spread: false }] }, element);
      lowerPattern(lowering, { ...job, pattern: element.argument, value: rest });
    } else {
      const value = emit(lowering, { op: 'load', object: job.value, key: { name: String(index) } }, element);
      lowerPattern(lowering, { ...job, pattern: element, value });
    }
  }
}
