import type { Instruction } from '../ir/instruction.ts';
import type { SastRule } from '../rules/rule-schema.ts';
import type { Instance } from '../taint/instance.ts';
import { baseOf } from '../taint/relation.ts';
import { valueOf, type Session } from '../taint/session.ts';
import { onlyConstant } from '../taint/value.ts';
import { matchAt } from './match-at.ts';
import type { RuleMatch } from './match.ts';

type Call = Extract<Instruction, { op: 'call' }>;

/** One replacement in a text: what is looked for, and what is put in its place where that is known. */
type Replacement = {
  readonly instance: Instance;
  readonly call: Call;
  readonly text: string | undefined;
  readonly regexp: { readonly pattern: string; readonly flags: string } | undefined;
  readonly by: string | undefined;
};

/** Finds replacements that are meant to make a text harmless and leave a part of what they look for. */
export function checkReplacements(session: Session, rule: SastRule, of: 'signs' | 'sequences'): readonly RuleMatch[] {
  const judge = of === 'signs' ? faultOfSigns : faultOfSequences;
  return session.instances.flatMap((instance) =>
    instance.fn.code.flatMap((instruction, id) => {
      const replacement = instruction.op === 'call' ? replacementOf(instance, instruction) : undefined;
      const label = replacement === undefined || isRepeated(replacement) ? undefined : judge(replacement);
      return label === undefined ? [] : [matchAt(rule, instance, { id, label })];
    }),
  );
}

function replacementOf(instance: Instance, call: Call): Replacement | undefined {
  const [pattern, by] = call.arguments;
  if (call.spelling.at(-1) !== 'replace' || call.receiver === undefined || pattern === undefined || by === undefined) return undefined;
  const value = valueOf(instance, pattern.value);
  const text = onlyConstant(value)?.value;
  const constant = onlyConstant(valueOf(instance, by.value))?.value;
  const given = typeof text === 'string' ? text : undefined;
  return { instance, call, text: given, regexp: value.objects[0]?.regexp, by: typeof constant === 'string' ? constant : undefined };
}

/** The text goes round until nothing is found any more. */
function isRepeated({ instance, call }: Replacement): boolean {
  return call.receiver !== undefined && instance.fn.loopHeads.includes(baseOf(instance.fn.code, call.receiver));
}

const dangerous = /^(?:['"`<>|&;/\\%*$\n]|\/?\.\.\/?|%[0-9a-f]{2})$/iu;
const opening = /^[[({\])}]$/u;

function faultOfSigns(replacement: Replacement): string | undefined {
  const { regexp, by } = replacement;
  if (by === undefined) return undefined;
  return regexp?.flags.includes('g') === true ? faultOfEscape(replacement, regexp.pattern, by) : faultOfFirst(replacement, by);
}

/** Only the first of several is replaced. */
function faultOfFirst(replacement: Replacement, by: string): string | undefined {
  const sought = replacement.text ?? plainText(replacement.regexp?.pattern);
  if (sought === undefined || by === sought) return undefined;
  if (sought === '\n' && isOutput(replacement)) return undefined;
  const isMeant = dangerous.test(sought) || (opening.test(sought) && by === `\\${sought}`);
  return isMeant && !isFollowed(replacement, sought) ? `a replacement of the first \`${sought.replace('\n', '\\n')}\` alone` : undefined;
}

/** Quotes are escaped and the backslash that may stand before them is not. */
function faultOfEscape(replacement: Replacement, pattern: string, by: string): string | undefined {
  if (/^<\$1><\/\$2>$/u.test(by)) return 'markup that is rewritten as a text, which can make an element of an attribute';
  const isEscape = /^(?:\(?\[?(?:\\?["']\|?)+\]?\)?)$/u.test(pattern) && /^\\+(?:["']|\$[&1])$/u.test(by);
  return isEscape && !isEscapedBefore(replacement) ? 'quotes that are escaped where a backslash before them is not' : undefined;
}

/** What a program printed ends in one line break, which is taken off. */
function isOutput({ instance, call }: Replacement): boolean {
  const made = call.receiver === undefined ? undefined : instance.fn.code[baseOf(instance.fn.code, call.receiver)];
  return made?.op === 'call' && made.spelling.at(-1) === 'toString';
}

/** What an expression without choices finds, when that is one text. */
function plainText(pattern: string | undefined): string | undefined {
  if (pattern === undefined || /^\^|\$$/u.test(pattern)) return undefined;
  const text = pattern.replaceAll(/\\(.)/gu, '$1');
  return pattern === text || /^(?:\\?[^\w\s])+$/u.test(pattern) ? text : undefined;
}

/** The same is replaced again: the author counted. A first and a last sign are taken off together. */
function isFollowed({ instance, call }: Replacement, sought: string): boolean {
  return instance.fn.code.some((other) => {
    if (other.op !== 'call' || other === call || other.receiver === undefined) return false;
    const isChained =
      instance.fn.code[baseOf(instance.fn.code, other.receiver)] === call ||
      instance.fn.code[baseOf(instance.fn.code, call.receiver ?? -1)] === other;
    return isChained && replacementOf(instance, other)?.text === sought;
  });
}

const chainMax = 12; // replacements that follow each other

function isEscapedBefore({ instance, call }: Replacement): boolean {
  let at = call.receiver;
  for (let hops = 0; hops < chainMax && at !== undefined; hops++) {
    const before: Instruction | undefined = instance.fn.code[baseOf(instance.fn.code, at)];
    if (before?.op !== 'call') return false;
    if (escapesBackslash(instance, before)) return true;
    at = before.receiver;
  }
  return false;
}

/** Also one whose expression is not known is taken to do so. */
function escapesBackslash(instance: Instance, { spelling, arguments: [first] }: Call): boolean {
  const name = spelling.at(-1);
  if (name === 'stringify') return true;
  if (name !== 'replace' || first === undefined) return false;
  const known = valueOf(instance, first.value).objects[0]?.regexp?.pattern;
  return known === undefined || known.includes('\\\\');
}

const sequences: readonly (readonly [RegExp, string])[] = [
  [/<!--/u, 'a comment of a page'],
  [/<(?:\\s\*)?[^>]{0,40}(?:script|cript\b)/iu, 'a `script` element'],
  [/(?:^|[^a-z\\])(?:\\b|\\s\*?|\\s\+| |\|\\s\))?on\\w/iu, 'an event handler'],
  [/\\s(?:ng-|v-)/u, 'an attribute that is run'],
  [/(?:\\\.|\\x2e){2}(?![+*{])/iu, 'steps out of a folder'],
];

/** An end of an element, or a path that is spelled out: what is left of it is neither. */
function isOneText(pattern: string): boolean {
  return /^<\\\/\w+>$/u.test(pattern) || (/(?:\\\.){2}/u.test(pattern) && /(?<!\\)[a-z]{2}/iu.test(pattern) && !pattern.includes('<'));
}

/** A longer text is taken out once: what stood around it can come together as the same text again. */
function faultOfSequences({ regexp, by }: Replacement): string | undefined {
  if (regexp?.flags.includes('g') !== true || by !== '' || regexp.pattern.startsWith('^')) return undefined;
  const found = sequences.find(([shape]) => shape.test(regexp.pattern) && !isOneText(regexp.pattern));
  return found === undefined ? undefined : `${found[1]} that is taken out once, which can leave another`;
}
