import { formatBits } from './concatenate.ts';
import type { Call } from './evaluate-call.ts';
import { deepTaints, elementOf } from './members.ts';
import type { Activation } from './session.ts';
import { cleaned, mergeTaints, stepped, type Taint } from './taint.ts';
import { unknown, type Value } from './value.ts';

/** What a method of a language's own library gives back, by name alone. */
export type LibraryMethod = (activation: Activation, call: Call) => Value;

export const passesReceiver: LibraryMethod = (_activation, call) => call.receiver;
export const givesElement: LibraryMethod = (activation, call) => elementOf(activation, call.receiver);

/** Gives one meaning to several names, which stand in one text with spaces between. */
export function named(names: string, method: LibraryMethod): readonly (readonly [string, LibraryMethod])[] {
  return names.split(' ').map((name) => [name, method]);
}

const depth = 2; // members down that a value is searched for taints when code that is not seen takes it whole
const nameCharsMax = 60; // of a name in a step of a trace

/** Everything that comes in comes out. */
export function carried(activation: Activation, call: Call, values: readonly Value[]): Value {
  let taints: readonly Taint[] = [];
  for (const value of values) taints = mergeTaints(taints, deepTaints(activation, value, depth), activation.session.bounds.taintsMax);
  if (taints.length === 0) return unknown;
  const name = call.instruction.spelling.at(-1) ?? (call.instruction.form === 'new' ? 'a constructor' : 'a function');
  return { ...unknown, taints: taints.map((taint) => stepped(taint, call.site, `passed through \`${name.slice(0, nameCharsMax)}\``)) };
}

/** Everything that comes in comes out as a part of a text. */
export function joinedText(activation: Activation, call: Call, values: readonly Value[]): Value {
  const value = carried(activation, call, values);
  const { textBits, partialBit } = activation.session.models;
  const [format = unknown] = values;
  return value.taints.length === 0
    ? value
    : { ...value, taints: cleaned(value.taints, textBits | partialBit | formatBits(activation, format)) };
}

/** The same of a function that is not seen, which is a guess. */
export function guessed(activation: Activation, call: Call, values: readonly Value[]): Value {
  const value = carried(activation, call, values);
  return value.taints.length === 0 ? value : { ...value, taints: value.taints.map((taint) => ({ ...taint, guessed: true })) };
}
