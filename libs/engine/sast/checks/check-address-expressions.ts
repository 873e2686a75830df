import type { Instruction, ValueId } from '../ir/instruction.ts';
import type { SastRule } from '../rules/rule-schema.ts';
import type { Instance } from '../taint/instance.ts';
import { valueOf, type Session } from '../taint/session.ts';
import { stringsOf } from '../taint/value.ts';
import { matchAt } from './match-at.ts';
import type { RuleMatch } from './match.ts';

type Call = Extract<Instruction, { op: 'call' }>;
type Fault = 'open-dot' | 'no-anchor';

/** Finds regular expressions that are meant to let one host through and let others through as well. */
export function checkAddressExpressions(session: Session, rule: SastRule, fault: Fault): readonly RuleMatch[] {
  return session.instances.flatMap((instance) =>
    instance.fn.code.flatMap((instruction, id) => {
      const faults = faultsAt(instance, instruction, id).filter((found) => found.fault === fault);
      return faults.map(({ at, label }) => matchAt(rule, instance, { id: at ?? id, label }));
    }),
  );
}

type Found = { readonly fault: Fault; readonly label: string; readonly at?: ValueId };

function faultsAt(instance: Instance, instruction: Instruction, id: ValueId): readonly Found[] {
  if (instruction.op === 'regexp') {
    const half = halfAnchored(instruction.pattern);
    return [...openDots(instruction.pattern), ...(half.length > 0 && isReplaced(instance, id) ? [] : half)];
  }
  if (instruction.op !== 'call') return [];
  const name = instruction.spelling.at(-1) ?? '';
  const [first] = instruction.arguments;
  const isText = makers.has(name) || (byText.has(name) && instruction.receiver !== undefined);
  const given = isText && first !== undefined ? stringsOf(valueOf(instance, first.value)) : [];
  const ofText = given.flatMap((pattern) => [...openDots(pattern), ...halfAnchored(pattern)]);
  const loose = unanchored(instance, instruction);
  return [...ofText, ...(loose.length > 0 && isTakenApart(instance, id) ? [] : loose)];
}

/** It says what is taken out of a text, which may well be this at the beginning and that anywhere. */
function isReplaced({ fn }: Instance, id: ValueId): boolean {
  return fn.code.some(
    (other) => other.op === 'call' && /^replace(?:All)?$/u.test(other.spelling.at(-1) ?? '') && other.arguments[0]?.value === id,
  );
}

/** What was found is read at once: a part of an address is looked for, and nothing is decided by it. */
function isTakenApart({ fn }: Instance, id: ValueId): boolean {
  return fn.code.some((other) => other.op === 'load' && other.object === id);
}

const makers: ReadonlySet<string> = new Set(['RegExp']);
const byText: ReadonlySet<string> = new Set(['match', 'search', 'matchAll']);
const topDomain = '(?:com|net|org|edu|gov|io|dev|info|app|co\\.uk|internal)';
const openDot = new RegExp(
  `(?<!\\\\)\\.(?![*+?{.])(?:[\\w-]+|\\((?:\\?:)?[\\w|-]+\\))(?:\\\\?\\.[\\w-]+)*\\\\?\\.${topDomain}(?![\\w-])`,
  'u',
);
const wildcard = new RegExp(`(?<!\\\\)\\.[*+]\\)?\\\\\\.(?:\\(\\?:)?[\\w-]+(?:\\|[\\w-]+\\))?\\\\\\.${topDomain}(?![\\w-])`, 'u');

/** `test.example.com`, where the first dot is any character: `test-example.com` belongs to someone else. */
function openDots(pattern: string): readonly Found[] {
  if (!openDot.test(pattern) && !wildcard.test(pattern)) return [];
  return [{ fault: 'open-dot', label: 'an expression for a host in which a dot stands for any character' }];
}

/** `^a|b`: only one of the choices is held to the beginning, or to the end. */
function halfAnchored(pattern: string): readonly Found[] {
  const choices = topChoices(pattern);
  if (choices.length < 2 || !choices.every((choice) => /[a-z]/iu.test(choice) && !/(?<!\\)[$^]|\\[bBsS]/u.test(choice.slice(1, -1))))
    return [];
  const starts = choices.filter((choice) => /^\(?\^/u.test(choice));
  const ends = choices.filter((choice) => /(?<!\\)\$\)?$/u.test(choice));
  const isHalf =
    (starts.length === 1 && choices[0] === starts[0] && ends.length <= 1) ||
    (ends.length === 1 && choices.at(-1) === ends[0] && starts.length <= 1);
  return isHalf && !choices.some((choice) => /^\(.*[\^$]\)$/u.test(choice))
    ? [{ fault: 'no-anchor', label: 'an expression of which one choice alone is held to the beginning or the end' }]
    : [];
}

/** The choices of an expression, outside of every bracket. */
function topChoices(pattern: string): readonly string[] {
  const choices: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < pattern.length; at++) {
    const sign = pattern[at];
    if (sign === '\\') at++;
    else if (sign === '(' || sign === '[') depth++;
    else if (sign === ')' || sign === ']') depth--;
    else if (sign === '|' && depth === 0) {
      choices.push(pattern.slice(from, at));
      from = at + 1;
    }
  }
  return [...choices, pattern.slice(from)];
}

const tests: ReadonlySet<string> = new Set(['test', 'exec', 'match', 'search']);
const whole = new RegExp(`^(?:\\(?\\^?)(?:https?\\??:(?:\\\\?\\/){2})?(?:[\\w-]+\\\\?\\.)+${topDomain}(?![\\w-])`, 'u');

/** An address is tested by an expression that may find the host anywhere, or that lets the host go on. */
function unanchored(instance: Instance, call: Call): readonly Found[] {
  const name = call.spelling.at(-1) ?? '';
  const [first] = call.arguments;
  if (!tests.has(name) || call.receiver === undefined || first === undefined) return [];
  const used = name === 'test' || name === 'exec' ? call.receiver : first.value;
  const value = valueOf(instance, used);
  const patterns = [
    ...value.objects.flatMap(({ regexp }) => (regexp === undefined ? [] : [regexp.pattern])),
    ...(used === first.value ? stringsOf(value) : []),
  ];
  return patterns.some(isLoose)
    ? [{ fault: 'no-anchor', label: 'an expression that finds a host anywhere in an address, or lets it go on' }]
    : [];
}

function isLoose(pattern: string): boolean {
  if (!whole.test(pattern) || !/[:/]/u.test(pattern)) return false;
  if (!pattern.replace(/^\(/u, '').startsWith('^')) return true;
  return new RegExp(`${topDomain}(?::\\d+)?\\)?$`, 'u').test(pattern);
}
