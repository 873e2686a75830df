import type { Instruction, ValueId } from '../ir/instruction.ts';
import { baseOf } from './relation.ts';
import { valueOf, type Activation } from './session.ts';
import { onlyConstant, stringsOf } from './value.ts';

/** The modules that a `require` may mean: those that it names, or all scripts of the folder that it goes through. */
export function requiredBy({ session, instance }: Activation, call: Extract<Instruction, { op: 'call' }>): readonly string[] {
  const [argument] = call.arguments;
  if (argument === undefined) return [];
  const named = stringsOf(valueOf(instance, argument.value));
  if (named.length > 0) return named;
  const start = startOf({ session, instance, at: 0 }, argument.value);
  if (!start.text.startsWith('.')) return [];
  if (start.isWhole) return [start.text];
  const slash = start.text.lastIndexOf('/');
  return slash < 0 ? [] : session.filesBelow(start.text.slice(0, slash), instance.unit.module.path);
}

type Start = { readonly text: string; readonly isWhole: boolean };
const notKnown: Start = { text: '', isWhole: false };
const hopsMax = 3; // joins of joins

/** How a path begins as far as the program spells it out; the folder of the file itself is `.`. */
function startOf(activation: Activation, id: ValueId, hops = hopsMax): Start {
  const { instance } = activation;
  const text = onlyConstant(valueOf(instance, id))?.value;
  if (typeof text === 'string') return { text, isWhole: true };
  const made = instance.fn.code[baseOf(instance.fn.code, id)];
  if (made?.op === 'global' && made.name === '__dirname') return { text: '.', isWhole: true };
  const parts = hops === 0 || made === undefined ? undefined : partsOf(made);
  return parts === undefined ? notKnown : joined(activation, { ...parts, hops });
}

type Parts = { readonly parts: readonly ValueId[]; readonly between: string };

function partsOf(made: Instruction): Parts | undefined {
  if (made.op === 'concat') return { parts: made.parts, between: '' };
  if (made.op !== 'call' || !/^(?:join|resolve)$/u.test(made.spelling.at(-1) ?? '')) return undefined;
  return { parts: made.arguments.map(({ value }) => value), between: '/' };
}

function joined(activation: Activation, { parts, between, hops }: Parts & { readonly hops: number }): Start {
  let text = '';
  for (const [index, part] of parts.entries()) {
    const start = startOf(activation, part, hops - 1);
    text += (index === 0 ? '' : between) + start.text;
    if (!start.isWhole) return { text, isWhole: false };
  }
  return { text, isWhole: true };
}
