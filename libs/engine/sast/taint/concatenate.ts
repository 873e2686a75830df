import type { Instruction, ValueId } from '../ir/instruction.ts';
import { bit } from './cleaning-pattern.ts';
import { siteOf, valueOf, type Activation } from './session.ts';
import { textTaints } from './text-taints.ts';
import { cleaned, mergeTaints, stepped, type Taint } from './taint.ts';
import { constantValue, isFixed, unknown, type Value } from './value.ts';

const textCharsMax = 2000; // a longer constant text decides nothing more
const otherPart = '\u00a4'; // stands in a prefix for a part that is not known but is not the data either
const dataPart = '\u00a7'; // stands for another part that comes from outside

/** Joins texts. Data in the middle keeps its taint, less what the text before it makes impossible (`https://fixed.host/` + data names no host). */
export function concatenate(activation: Activation, instruction: Extract<Instruction, { op: 'concat' }>, id: ValueId): Value {
  const { session, instance } = activation;
  const site = siteOf(instance, id);
  let before = '';
  let fixed = true;
  let taints: readonly Taint[] = [];
  for (const part of instruction.parts) {
    const value = valueOf(instance, part);
    const text = textOf(value);
    if (text !== undefined) {
      if (before.length < textCharsMax) before += text;
      continue;
    }
    fixed = false;
    const carried = mergeTaints(carriedTaints(value), textTaints(session, value, site), session.bounds.taintsMax);
    if (carried.length > 0) {
      const isPart =
        instruction.parts.length > 1 && instruction.parts.some((other) => other !== part && textOf(valueOf(instance, other)) !== '');
      // With something beside it, it is no name of a prototype any more.
      const text = session.models.textBits & ~(isPart ? 0 : bit(session.models, 'prototype-key'));
      const bits = text | (isPart ? session.models.partialBit : 0) | prefixBits(activation, before);
      const joined = cleaned(carried, bits).map((taint) => stepped(taint, site, 'put into a text'));
      taints = mergeTaints(taints, joined, session.bounds.taintsMax);
    }
    before += carried.length > 0 ? dataPart : otherPart;
  }
  if (fixed) return constantValue(before.slice(0, textCharsMax), site);
  return taints.length === 0 ? unknown : { ...unknown, taints };
}

/** An array or object in a text shows its members. */
function carriedTaints(value: Value): readonly Taint[] {
  let { taints } = value;
  for (const object of value.objects) if (object.kind === 'array') taints = mergeTaints(taints, object.element.taints, 8);
  return taints;
}

function textOf(value: Value): string | undefined {
  if (!isFixed(value) || value.taints.length > 0) return undefined;
  const [first] = value.constants;
  // Of several possible texts the first stands for all: what matters is that the program wrote each.
  return first === undefined ? undefined : String(first.value);
}

/** What a text keeps from its parts that begins with the text of a format: `https://fixed.host/%s`. */
export function formatBits(activation: Activation, format: Value): number {
  const text = textOf(format);
  const first = text?.search(/%[^%]|\{/u) ?? -1;
  return text === undefined || first <= 0 ? 0 : prefixBits(activation, text.slice(0, first));
}

function prefixBits({ session }: Activation, before: string): number {
  if (before === '') return 0;
  let bits = 0;
  for (const prefix of session.models.prefixes) if (prefix.pattern.test(before)) bits |= prefix.bits;
  return bits;
}
