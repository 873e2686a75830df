import type { Instruction, ValueId } from '../ir/instruction.ts';
import type { SastRule } from '../rules/rule-schema.ts';
import type { Instance } from '../taint/instance.ts';
import { baseOf } from '../taint/relation.ts';
import { valueOf, type Session } from '../taint/session.ts';
import { onlyConstant } from '../taint/value.ts';
import { matchAt } from './match-at.ts';
import type { RuleMatch } from './match.ts';

type Call = Extract<Instruction, { op: 'call' }>;
type Code = readonly Instruction[];

/** Replacements that follow each other: the signs that they take, and whether they take them away or write entities for them. */
type Chain = { readonly signs: ReadonlySet<string>; readonly removes: boolean };

const chainMax = 12; // replacements that follow each other

/** Finds texts that are freed of `<` and `>` for a page and keep the quotes by which they leave an attribute. */
export function checkPartialEscapes(session: Session, rule: SastRule): readonly RuleMatch[] {
  return session.instances.flatMap((instance) => {
    const { code } = instance.fn;
    const followed = new Set(
      code.flatMap((made) => (made.op === 'call' && made.receiver !== undefined ? [baseOf(code, made.receiver)] : [])),
    );
    return code.flatMap((made, id) => {
      if (made.op !== 'call' || !isReplacement(made)) return [];
      const attribute = attributeAround(instance, id);
      if (attribute === undefined && (followed.has(id) || isEncoded(code, id))) return [];
      const chain = chainOf(instance, made);
      if (chain === undefined || !isLeft(chain, attribute)) return [];
      return [matchAt(rule, instance, { id, label: 'a text without `<` and `>` that keeps the quotes by which it leaves an attribute' })];
    });
  });
}

/** The result goes into something that encodes it. */
function isEncoded(code: Code, id: ValueId): boolean {
  return code.some(
    (made) =>
      made.op === 'call' &&
      /encode|escape|sanitiz|purify/iu.test(made.spelling.at(-1) ?? '') &&
      made.arguments.some(({ value }) => baseOf(code, value) === id),
  );
}

function isReplacement(call: Call): boolean {
  return /^replace(?:All)?$/u.test(call.spelling.at(-1) ?? '') && call.receiver !== undefined;
}

/** The sign that ends the attribute in which the text is put, and whether what stands there is run. */
type Attribute = { readonly quote: string; readonly isCode: boolean };

function attributeAround(instance: Instance, id: ValueId): Attribute | undefined {
  const { code } = instance.fn;
  for (const made of code) {
    if (made.op !== 'concat') continue;
    const before = made.parts[made.parts.findIndex((part) => baseOf(code, part) === id || isJoined(code, part, id)) - 1];
    const text = before === undefined ? undefined : onlyConstant(valueOf(instance, before))?.value;
    const found = typeof text === 'string' ? opening.exec(text)?.groups : undefined;
    if (found?.['quote'] !== undefined) return { quote: found['quote'], isCode: found['handler'] !== undefined };
  }
  return undefined;
}

const opening = /(?<handler>\bon\w+)?=(?<quote>["'])(?:[^"'>]*|javascript:[^"]*)$/iu;

/** `list.join(' ')` of what was made of the text. */
function isJoined(code: Code, part: ValueId, id: ValueId): boolean {
  const made = code[baseOf(code, part)];
  return made?.op === 'call' && made.spelling.at(-1) === 'join' && made.receiver !== undefined && baseOf(code, made.receiver) === id;
}

/** All replacements that were applied up to this one; undefined when one of them is not understood. */
function chainOf(instance: Instance, last: Call): Chain | undefined {
  const { code } = instance.fn;
  const signs = new Set<string>();
  const kinds = new Set<'remove' | 'entity'>();
  let at: Instruction | undefined = last;
  for (let hops = 0; hops < chainMax && at?.op === 'call' && isReplacement(at); hops++) {
    const taken = takenBy(instance, at);
    if (taken === undefined) return undefined;
    for (const sign of taken.signs) signs.add(sign);
    if (taken.signs.length > 0) kinds.add(taken.kind);
    at = at.receiver === undefined ? undefined : code[baseOf(code, at.receiver)];
  }
  return kinds.size === 1 ? { signs, removes: kinds.has('remove') } : undefined;
}

type Taken = { readonly signs: readonly string[]; readonly kind: 'remove' | 'entity' };

/** What one replacement takes of the signs of markup. One that takes other things besides is not meant against markup, or does more than is seen. */
function takenBy(instance: Instance, { arguments: [sought, by] }: Call): Taken | undefined {
  if (sought === undefined || by === undefined) return undefined;
  const [regexp] = valueOf(instance, sought.value).objects.flatMap((object) => object.regexp ?? []);
  const kind = kindOf(onlyConstant(valueOf(instance, by.value))?.value);
  if (regexp?.flags.includes('g') !== true || kind === undefined) return undefined;
  const found = signsIn(regexp.pattern);
  if (found === undefined) return /[<>"'&[]/u.test(regexp.pattern) ? undefined : { signs: [], kind };
  return found.every((sign) => '<>"\'&'.includes(sign)) ? { signs: found, kind } : undefined;
}

function kindOf(written: unknown): Taken['kind'] | undefined {
  if (typeof written !== 'string') return undefined;
  if (written === '') return 'remove';
  return written.startsWith('&') ? 'entity' : undefined;
}

/** The signs that `[<>&]` or `<|>` finds; undefined for an expression that is more than a list of signs. */
function signsIn(pattern: string): readonly string[] | undefined {
  const listed = /^\[(?!\^)((?:\\.|[^\]\\-])*)\]\+?$/u.exec(pattern)?.[1];
  const chosen = /^\\?.(?:\|\\?.)*$/u.test(pattern) ? pattern.replaceAll('|', '') : undefined;
  const body = listed ?? chosen;
  return body === undefined ? undefined : Array.from(body.replaceAll('\\', ''));
}

/** The signs of elements are gone, and a quote that matters is not. */
function isLeft({ signs, removes }: Chain, attribute: Attribute | undefined): boolean {
  if (!signs.has('<') || !signs.has('>')) return false;
  if (attribute !== undefined) return !signs.has(attribute.quote) || (attribute.isCode && removes && !(signs.has('"') && signs.has("'")));
  if (removes) return !(signs.has('"') && signs.has("'"));
  return signs.has('&') && signs.has("'") && !signs.has('"');
}
