import type { Instruction, ValueId } from '../ir/instruction.ts';
import type { Models } from '../models/compile-models.ts';
import { bit, dotlessBits, pathBits } from './cleaning-pattern.ts';
import type { Instance } from './instance.ts';
import type { Question } from './refine.ts';
import { relationOf } from './relation.ts';
import { valueOf, type Activation } from './session.ts';
import { stringsOf } from './value.ts';

/** A test of how a text begins: the call on it, and what it is held against. */
export type StartTest = { readonly call: Extract<Instruction, { op: 'call' }>; readonly start: ValueId | undefined };

/** What a text that begins so cannot harm. */
export function startsWith(activation: Activation, { call, start }: StartTest, question: Question): number {
  const { session, instance } = activation;
  const { models } = session;
  if (call.receiver === undefined || start === undefined) return 0;
  const relation = relationOf(instance, call.receiver, question.value);
  const value = valueOf(instance, start);
  // A folder that a caller of the package chose is a folder; one that came with the data is none.
  if (relation === undefined || value.taints.some(({ source }) => source.origin !== 'library')) return 0;
  const [text] = stringsOf(value);
  if (text === '/') return bit(models, 'rooted');
  if (text !== undefined && /^(?:https?:)?\/\/[^/?#]+[/?#]/u.test(text)) return hostBits(models);
  if (text !== undefined && /^\.{0,2}$/u.test(text)) return 0;
  return isNormal(activation, call.receiver) ? pathBits(models) : 0;
}

/** What a text that does not begin so cannot harm. */
export function notStartsWith(activation: Activation, { call, start }: StartTest, question: Question): number {
  const { session, instance } = activation;
  const { models } = session;
  if (call.receiver === undefined || start === undefined) return 0;
  const relation = relationOf(instance, call.receiver, question.value);
  const text = beginningOf(instance, start);
  if (relation === undefined || text === undefined) return 0;
  if (text === '//') return bit(models, 'single-slash');
  if (text === '/') return bit(models, 'prefixed');
  if (!text.startsWith('.')) return 0;
  if (relation === 'relative') return pathBits(models);
  return relation === 'same' && isNormal(activation, call.receiver) ? dotlessBits(models, instance.unit.module.language) : 0;
}

/** Every taint of a path has been through something that resolves its dots. */
function isNormal({ session, instance }: Activation, path: ValueId): boolean {
  return valueOf(instance, path).taints.every((taint) => (taint.safe & bit(session.models, 'normalized')) !== 0);
}

/** What an address whose host is known cannot harm. */
export function hostBits(models: Models): number {
  return bit(models, 'url') | bit(models, 'redirect') | bit(models, 'dom-url');
}

/** How a text begins that is put together: `'..' + sep`. */
function beginningOf(instance: Instance, id: ValueId): string | undefined {
  const [text] = stringsOf(valueOf(instance, id));
  const made = instance.fn.code[id];
  const [first] = made?.op === 'concat' ? made.parts : [];
  return text ?? (first === undefined ? undefined : stringsOf(valueOf(instance, first))[0]);
}
