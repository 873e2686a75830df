import type { Call } from './evaluate-call.ts';
import { noteUse } from './note-regexp.ts';
import { allocate, type Activation } from './session.ts';
import { stepped } from './taint.ts';
import { objectValue, onlyConstant, stringsOf, unknown, type Value } from './value.ts';

/** Calls of what Python and Java have for regular expressions: they are made, kept and applied as those of JavaScript. Undefined for any other call. */
export function callRegexp(activation: Activation, call: Call): Value | undefined {
  const name = call.callee.states.map((state) => state.name).find((place) => makers.has(place) || users.has(place));
  if (name !== undefined) return makers.has(name) ? made(activation, call) : usedAtOnce(activation, call, users.get(name) ?? 1);
  const subject = methods.get(call.instruction.spelling.at(-1) ?? '');
  if (subject === undefined || !call.receiver.objects.some(({ regexp }) => regexp !== undefined)) return undefined;
  return applied(activation, call, { expression: call.receiver, subject: call.args[subject] ?? unknown });
}

const makers: ReadonlySet<string> = new Set(['py:re.compile', 'java.util.regex.Pattern.compile']);

/** Functions that take the expression first, and which argument they apply it to. */
const users: ReadonlyMap<string, number> = new Map([
  ...['match', 'search', 'fullmatch', 'findall', 'finditer', 'split'].map((name): readonly [string, number] => [`py:re.${name}`, 1]),
  ['py:re.sub', 2],
  ['py:re.subn', 2],
  ['java.util.regex.Pattern.matches', 1],
]);

/** Methods of an expression, and which argument they apply it to. */
const methods: ReadonlyMap<string, number> = new Map([
  ...['match', 'search', 'fullmatch', 'findall', 'finditer', 'split', 'matcher'].map((name): readonly [string, number] => [name, 0]),
  ['sub', 1],
  ['subn', 1],
]);

function made(activation: Activation, call: Call): Value {
  const text = onlyConstant(call.args[0] ?? unknown)?.value;
  if (typeof text !== 'string' || isSpaced(activation, call)) return unknown;
  const object = allocate(activation.instance, call.id, 'regexp');
  object.regexp ??= { pattern: inCommonForm(text), flags: 'g' };
  return objectValue(object);
}

function usedAtOnce(activation: Activation, call: Call, subject: number): Value {
  return applied(activation, call, { expression: made(activation, call), subject: call.args[subject] ?? unknown });
}

type Use = { readonly expression: Value; readonly subject: Value };

/** What is found in a text is a part of it. */
function applied(activation: Activation, call: Call, use: Use): Value {
  noteUse(activation, call, use);
  const { taints } = use.subject;
  return taints.length === 0 ? unknown : { ...unknown, taints: taints.map((taint) => stepped(taint, call.site, 'found in the text')) };
}

/** An expression that is written with spaces and comments in it is not read. */
function isSpaced({ instance }: Activation, { args, instruction }: Call): boolean {
  const [text = unknown] = args;
  const { code } = instance.fn;
  const isSwitch = (id: number): boolean => {
    const made = code[id];
    if (made?.op === 'binary') return isSwitch(made.left) || isSwitch(made.right);
    return made?.op === 'load' && 'name' in made.key && /^(?:X|VERBOSE|COMMENTS)$/u.test(made.key.name);
  };
  return (
    stringsOf(text).some((pattern) => /^\(\?[a-z]*x/u.test(pattern)) || instruction.arguments.slice(1).some(({ value }) => isSwitch(value))
  );
}

/** Names of groups, whole-text anchors and leading switches as JavaScript writes them. */
function inCommonForm(text: string): string {
  return text
    .replace(/^\(\?[a-z]+\)/iu, '')
    .replaceAll('(?P<', '(?<')
    .replaceAll(/\(\?P=(\w+)\)/gu, '\\k<$1>')
    .replaceAll('\\A', '^')
    .replaceAll(/\\[Zz]/gu, '$');
}
