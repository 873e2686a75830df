import type { Instruction, Outcome, ValueId } from '../ir/instruction.ts';
import type { Models } from '../models/compile-models.ts';
import { asMethod } from './as-method.ts';
import { bit, pathBits, bitsOfAbsent, bitsOfKept, dotlessBits, findsDots, matchingPattern } from './cleaning-pattern.ts';
import { bitsOfPredicate } from './bits-of-predicate.ts';
import { foundBy } from './found-by.ts';
import type { Instance } from './instance.ts';
import { hostBits, notStartsWith, startsWith } from './starts-with.ts';
import { bitsOfDifference, bitsOfEquality, bitsOfOtherType, bitsOfPrototypeNames, prototypeBits } from './bits-of-equality.ts';
import { baseOf, relationOf, type Relation } from './relation.ts';
import { valueOf, type Activation } from './session.ts';
import { cleaned } from './taint.ts';
import { isFixed, onlyConstant, stringsOf, unknown, type Value } from './value.ts';

/** A test that went one way, and the value that is looked at in its light. */
export type Question = { readonly value: ValueId; readonly test: ValueId; readonly outcome: Outcome; readonly depth: number };

/** The value as it is once the test went this way: constants, or taint that can no longer do this or that. */
export function refine(activation: Activation, instruction: Extract<Instruction, { op: 'refine' }>): Value {
  const value = valueOf(activation.instance, instruction.value);
  if (value.taints.length === 0) return value;
  const question: Question = { value: instruction.value, test: instruction.test, outcome: instruction.outcome, depth: 0 };
  const equal = equalTo(activation, question);
  if (equal !== undefined) return equal;
  // What is false is empty.
  if (
    instruction.outcome === 'false' &&
    baseOf(activation.instance.fn.code, instruction.test) === baseOf(activation.instance.fn.code, instruction.value)
  )
    return unknown;
  const bits = bitsGained(activation, question);
  if (bits === 0) return value;
  return { ...value, taints: finishTraits(activation, cleaned(value.taints, bits)) };
}

/** `/` first and no second `/`: together they keep an address on this site. */
function finishTraits({ session }: Activation, taints: Value['taints']): Value['taints'] {
  const traits = bit(session.models, 'rooted') | bit(session.models, 'single-slash');
  return taints.map((taint) =>
    (taint.safe & traits) === traits
      ? { ...taint, safe: taint.safe | bit(session.models, 'redirect') | bit(session.models, 'dom-url') }
      : taint,
  );
}

/** A value that was found equal to something that the program knows is that. */
function equalTo(activation: Activation, question: Question): Value | undefined {
  const { instance } = activation;
  const test = instance.fn.code[question.test];
  if (test?.op !== 'binary' || !holdsEqual(test.operator, question.outcome)) return undefined;
  const other = otherSide(instance, test, question.value);
  if (other === undefined) return undefined;
  const value = valueOf(instance, other);
  return value.taints.length === 0 && (isFixed(value) || value.open) ? value : undefined;
}

function otherSide(instance: Instance, test: Extract<Instruction, { op: 'binary' }>, value: ValueId): ValueId | undefined {
  if (relationOf(instance, test.left, value) === 'same') return test.right;
  return relationOf(instance, test.right, value) === 'same' ? test.left : undefined;
}

function holdsEqual(operator: string, outcome: Outcome): boolean {
  return (
    ((operator === '===' || operator === '==') && outcome === 'true') || ((operator === '!==' || operator === '!=') && outcome === 'false')
  );
}

/** Kinds of sink that the value cannot harm any more, given how the test went. */
export function bitsGained(activation: Activation, question: Question): number {
  const test = activation.instance.fn.code[question.test];
  switch (test?.op) {
    case 'await':
    case 'refine':
      return bitsGained(activation, { ...question, test: test.value });
    case 'unary':
      return bitsOfNegation(activation, test, question);
    case 'binary':
      return bitsOfComparison(activation, test, question);
    case 'call':
      return bitsOfCall(activation, asMethod(test), question);
    case 'load':
      return bitsOfLookUp(activation, test, question);
    case 'choose':
      return bitsGained(activation, { ...question, test: test.otherwise });
    case 'phi':
      return bitsOfMeeting(activation, test, question);
    default:
      return 0;
  }
}

function bitsOfNegation(activation: Activation, test: Extract<Instruction, { op: 'unary' }>, question: Question): number {
  if (test.operator !== '!' || question.outcome === 'returned') return 0;
  return bitsGained(activation, { ...question, test: test.operand, outcome: question.outcome === 'true' ? 'false' : 'true' });
}

const meetingsMax = 6; // tests in tests that are looked through

/** What `&&` and `||` make of two tests: both are known to have gone one way, or either may have. */
function bitsOfMeeting(activation: Activation, { inputs, connective }: Extract<Instruction, { op: 'phi' }>, question: Question): number {
  if (connective === undefined || question.outcome === 'returned' || question.depth >= meetingsMax) return 0;
  const isBoth = (connective === '&&') === (question.outcome === 'true');
  const gained = inputs.map((test) => bitsGained(activation, { ...question, test, depth: question.depth + 1 }));
  return isBoth ? gained.reduce((all, bits) => all | bits, 0) : gained.reduce((all, bits) => all & bits, -1);
}

type Comparison = Extract<Instruction, { op: 'binary' }>;

function bitsOfComparison(activation: Activation, test: Comparison, question: Question): number {
  if (test.operator === 'in') return bitsOfPresence(activation, test, question);
  if (test.operator === 'instanceof') return bitsOfClass(activation, test, question);
  const found = question.outcome === 'returned' ? undefined : foundBy(activation, test);
  if (found !== undefined) {
    const outcome = holdsEqual(test.operator, question.outcome) ? 'false' : 'true';
    return bitsGained(activation, { ...question, test: found, outcome, depth: question.depth + 1 });
  }
  return bitsOfPosition(activation, test, question) ?? bitsOfSides(activation, test, question);
}

/** One side is made from the value in question, and is equal to the other side or not. */
function bitsOfSides({ session, instance }: Activation, test: Comparison, question: Question): number {
  const { models } = session;
  const left = relationOf(instance, test.left, question.value);
  const relation = left ?? relationOf(instance, test.right, question.value);
  if (relation === undefined) return 0;
  const other = valueOf(instance, left === undefined ? test.left : test.right);
  if (holdsEqual(test.operator, question.outcome)) return bitsOfEquality(models, relation, other);
  // What is no text cannot be read as markup, a command or a statement.
  if (relation === 'type') return bitsOfOtherType(models, onlyConstant(other)?.value);
  return bitsOfDifference(models, other);
}

/** `x instanceof Element`: no text, and so no markup. */
function bitsOfClass({ session, instance }: Activation, test: Comparison, question: Question): number {
  if (question.outcome !== 'true' || relationOf(instance, test.left, question.value) !== 'same') return 0;
  const made = instance.fn.code[test.right];
  // What every object inherits from is itself made by nothing.
  const own = made?.op === 'global' && made.name === 'Object' ? prototypeBits(session.models) : 0;
  return (session.models.everyKind & ~session.models.textBits) | own;
}

/** `key in table`, and in Python `'..' in path`. */
function bitsOfPresence({ session, instance }: Activation, test: Comparison, question: Question): number {
  const { models } = session;
  if (question.outcome === 'true') {
    const isKey = relationOf(instance, test.left, question.value) === 'same';
    return isKey && valueOf(instance, test.right).taints.length === 0 ? models.everyKind & ~bit(models, 'prototype-key') : 0;
  }
  const isDots = stringsOf(valueOf(instance, test.left)).some((text) => /^\.\.[/\\]?$/u.test(text));
  return isDots && relationOf(instance, test.right, question.value) !== undefined ? dotlessBits(models, instance.unit.module.language) : 0;
}

/** `list.indexOf(x) !== -1`, `path.indexOf(root) === 0`, `path.slice(0, n) === root` and their like. */
function bitsOfPosition(activation: Activation, test: Comparison, question: Question): number | undefined {
  const call = activation.instance.fn.code[test.left];
  if (call?.op !== 'call') return undefined;
  const name = call.spelling.at(-1) ?? '';
  const isEqual = holdsEqual(test.operator, question.outcome);
  if (cuts.has(name))
    return isStart(activation, call) && isEqual ? startsWith(activation, { call, start: test.right }, question) : undefined;
  return positions.has(name) ? bitsOfIndex(activation, { call, test }, question) : undefined;
}

/** Whether something was found in the value at all, or at its beginning. */
function bitsOfIndex(
  activation: Activation,
  { call, test }: { readonly call: Extract<Instruction, { op: 'call' }>; readonly test: Comparison },
  question: Question,
): number {
  const isAtStart = equalities.has(test.operator) && onlyConstant(valueOf(activation.instance, test.right))?.value === 0;
  if (isAtStart) {
    const check = holdsEqual(test.operator, question.outcome) ? startsWith : notStartsWith;
    return check(activation, { call, start: call.arguments[0]?.value }, question);
  }
  const isPresent = question.outcome === (absences.has(test.operator) ? 'false' : 'true');
  return isPresent ? membership(activation, call, question) : excludes(activation, call, question);
}

const positions: ReadonlySet<string> = new Set(['indexOf', 'lastIndexOf', 'search']);
const absences: ReadonlySet<string> = new Set(['===', '==', '<']);
const equalities: ReadonlySet<string> = new Set(['===', '==', '!==', '!=']);
const cuts: ReadonlySet<string> = new Set(['slice', 'substring', 'substr']);

function isStart(activation: Activation, call: Extract<Instruction, { op: 'call' }>): boolean {
  const from = call.arguments[0];
  return from !== undefined && onlyConstant(valueOf(activation.instance, from.value))?.value === 0;
}

function bitsOfCall(activation: Activation, test: Extract<Instruction, { op: 'call' }>, question: Question): number {
  const name = test.spelling.at(-1) ?? '';
  const { outcome } = question;
  let bits = bitsOfGuards(activation, test, question) | bitsOfPredicate(activation, test, question);
  if (outcome === 'returned') return bits | bitsOfName(activation, test, question);
  const check = outcome === 'true' ? trueChecks.get(name) : falseChecks.get(name);
  if (check !== undefined) bits |= check(activation, test, question);
  if (bits !== 0) return bits;
  return outcome === 'true' ? bitsOfName(activation, test, question) : bitsOfRefusal(activation, test, question);
}

type Check = (activation: Activation, test: Extract<Instruction, { op: 'call' }>, question: Question) => number;

const trueChecks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['includes', membership],
  ['has', membership],
  ['contains', membership],
  ['hasOwn', ownership],
  ['hasOwnProperty', ownership],
  ['call', borrowed],
  ['test', matched],
  ['exec', matched],
  ['match', matched],
  ['startsWith', (activation, call, question) => startsWith(activation, { call, start: call.arguments[0]?.value }, question)],
  ['isInteger', numeric],
  ['isSafeInteger', numeric],
  ['isFinite', numeric],
]);

const falseChecks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['isNaN', numeric],
  ['includes', excludes],
  ['startsWith', (activation, call, question) => notStartsWith(activation, { call, start: call.arguments[0]?.value }, question)],
  ['test', unmatched],
  ['exec', unmatched],
  ['match', unmatched],
  ['isAbsolute', (activation, test, question) => bitsOfRelative(activation.session.models, argumentRelation(activation, test, question))],
]);

/** A path that does not begin at the root. */
function bitsOfRelative(models: Models, relation: Relation | undefined): number {
  if (relation === 'relative') return bit(models, 'path');
  return relation === undefined ? 0 : bit(models, 'prefixed');
}

/** The value is one of a collection that does not come from outside. */
function membership(activation: Activation, test: Extract<Instruction, { op: 'call' }>, question: Question): number {
  const { session, instance } = activation;
  const { models } = session;
  const receiver = test.receiver === undefined ? undefined : valueOf(instance, test.receiver);
  if (receiver === undefined || receiver.taints.length > 0 || (receiver.constants.length > 0 && receiver.objects.length === 0)) return 0;
  const relation = argumentRelation(activation, test, question);
  if (relation === 'host') return hostBits(models);
  return relation === 'same' || relation === 'text' ? models.everyKind : 0;
}

function ownership(activation: Activation, test: Extract<Instruction, { op: 'call' }>, question: Question): number {
  const { session, instance } = activation;
  const isStatic = test.arguments.length > 1;
  const key = test.arguments[isStatic ? 1 : 0];
  const holder = isStatic ? test.arguments[0]?.value : test.receiver;
  if (key === undefined || holder === undefined || relationOf(instance, key.value, question.value) !== 'same') return 0;
  const { everyKind } = session.models;
  const pollution = bit(session.models, 'prototype-key');
  // What the data itself owns says nothing, since it may own `__proto__`.
  const owned = isForeign(activation, key.value, holder) ? pollution : 0;
  return valueOf(instance, holder).taints.length > 0 ? owned : (everyKind & ~pollution) | owned;
}

/** The object that is asked whether it owns a key is not the one that the key comes from. */
function isForeign({ instance }: Activation, key: ValueId, holder: ValueId): boolean {
  const named = instance.fn.code[key];
  if (named?.op === 'keys' && relationOf(instance, named.of, holder) === 'same') return false;
  const sources = valueOf(instance, holder).taints.map((taint) => taint.source);
  return !valueOf(instance, key).taints.some((taint) => sources.includes(taint.source));
}

/** `hasOwnProperty.call(object, key)` in any spelling. */
function borrowed(activation: Activation, test: Extract<Instruction, { op: 'call' }>, question: Question): number {
  return /has_?own/iu.test(test.spelling.at(-2) ?? '') ? ownership(activation, test, question) : 0;
}

function matched(activation: Activation, test: Extract<Instruction, { op: 'call' }>, question: Question): number {
  const gained = expressionsOf(activation, test, question).map(({ pattern }) => matchingPattern(activation.session.models, pattern));
  return gained.length === 0 ? 0 : gained.reduce((all, bits) => all & bits);
}

/** What the expression finds is not there: two dots, or anything but plain characters. */
function unmatched(activation: Activation, test: Extract<Instruction, { op: 'call' }>, question: Question): number {
  const { models } = activation.session;
  const gained = expressionsOf(activation, test, question).map(
    ({ pattern }) =>
      (findsDots(pattern) ? dotlessBits(models, activation.instance.unit.module.language) : 0) |
      bitsOfKept(models, pattern) |
      bitsOfPrototypeNames(models, pattern) |
      bitsOfAbsent(models, pattern),
  );
  return gained.length === 0 ? 0 : gained.reduce((all, bits) => all & bits);
}

/** The expressions that a test applies to the value in question. */
function expressionsOf(
  { instance }: Activation,
  test: Extract<Instruction, { op: 'call' }>,
  question: Question,
): readonly { readonly pattern: string; readonly flags: string }[] {
  const [first] = test.arguments;
  if (first === undefined || test.receiver === undefined) return [];
  const byText = test.spelling.at(-1) === 'match' && !valueOf(instance, test.receiver).objects.some(({ regexp }) => regexp !== undefined);
  const relation = relationOf(instance, byText ? test.receiver : first.value, question.value);
  if (relation !== 'same' && relation !== 'text') return [];
  const given = valueOf(instance, byText ? first.value : test.receiver);
  const spelled = byText && test.spelling.at(-1) === 'match' ? stringsOf(given).map((pattern) => ({ pattern, flags: '' })) : [];
  return [...given.objects.flatMap((object) => object.regexp ?? []), ...spelled];
}

function excludes(activation: Activation, test: Extract<Instruction, { op: 'call' }>, question: Question): number {
  const { session, instance } = activation;
  const sought = test.arguments[0];
  if (test.receiver === undefined || sought === undefined) return 0;
  const isData = relationOf(instance, test.receiver, question.value) === 'same';
  if (isData)
    return stringsOf(valueOf(instance, sought.value)).some((text) => /^\.\.[/\\]?$/u.test(text))
      ? dotlessBits(session.models, instance.unit.module.language)
      : 0;
  // A list of refused names that holds `__proto__`.
  const refused = valueOf(instance, test.receiver).objects.some((object) =>
    [object.element, ...object.fields.values()].some((value) => stringsOf(value).includes('__proto__')),
  );
  const asked = argumentRelation(activation, test, question);
  return refused && asked !== undefined ? prototypeBits(session.models) : 0;
}

function numeric(activation: Activation, test: Extract<Instruction, { op: 'call' }>, question: Question): number {
  const relation = argumentRelation(activation, test, question);
  return relation === 'same' || relation === 'text' ? activation.session.models.everyKind : 0;
}

/** A validator that the models know. */
function bitsOfGuards(activation: Activation, test: Extract<Instruction, { op: 'call' }>, question: Question): number {
  if (question.outcome === 'false') return 0;
  const { instance } = activation;
  let bits = 0;
  for (const state of valueOf(instance, test.callee).states) {
    for (const guard of state.guards) {
      const argument = test.arguments[guard.argument];
      if (argument === undefined) continue;
      const relation = relationOf(instance, argument.value, question.value);
      if (relation === 'same' || relation === 'text') bits |= guard.clean;
    }
  }
  return bits;
}

const checkingName =
  /^(?:is|has|assert|ensure|validate|check|verify|require)\w*(?:valid|allow|safe|whitelist|permitted|trusted|known|supported)\w*$|^(?:validate|assertValid)\w*$/iu;

const elementTest = /^is(?:Dom|HTML)?(?:Element|Node)$/iu;

/** A function that is not seen, whose name says that it checks just this. */
function bitsOfName(activation: Activation, test: Extract<Instruction, { op: 'call' }>, question: Question): number {
  const { session, instance } = activation;
  const name = test.spelling.at(-1) ?? '';
  if (valueOf(instance, test.callee).objects.length > 0) return 0;
  if (elementTest.test(name) && argumentRelation(activation, test, question) === 'same')
    return session.models.everyKind & ~session.models.textBits;
  if (!checkingName.test(name)) return 0;
  return argumentRelation(activation, test, question) === 'same' ? session.models.everyKind : 0;
}

const refusingName = /outside|escapes|traversal|climbs|dot_?dot/iu;

/** A function whose name says that it finds ways out of a folder, and that found none. */
function bitsOfRefusal({ session, instance }: Activation, test: Extract<Instruction, { op: 'call' }>, question: Question): number {
  if (!refusingName.test(test.spelling.at(-1) ?? '')) return 0;
  const isAsked = test.arguments.some(({ value }) => relationOf(instance, value, question.value) !== undefined);
  return isAsked ? pathBits(session.models) | bit(session.models, 'no-dots') : 0;
}

const elementMembers = /^(?:jquery|nodeType|nodeName|tagName)$/u;

/** `if (TABLE[x])`: the key is one of the table's. */
function bitsOfLookUp(activation: Activation, test: Extract<Instruction, { op: 'load' }>, question: Question): number {
  const { session, instance } = activation;
  if (question.outcome !== 'true') return 0;
  // Only elements of a page have these members.
  if ('name' in test.key)
    return elementMembers.test(test.key.name) && relationOf(instance, test.object, question.value) === 'same'
      ? session.models.everyKind & ~session.models.textBits
      : 0;
  if (!('computed' in test.key)) return 0;
  if (relationOf(instance, test.key.computed, question.value) !== 'same' || valueOf(instance, test.object).taints.length > 0) return 0;
  return session.models.everyKind & ~bit(session.models, 'prototype-key');
}

function argumentRelation(activation: Activation, test: Extract<Instruction, { op: 'call' }>, question: Question): Relation | undefined {
  const argument = test.arguments[0];
  return argument === undefined ? undefined : relationOf(activation.instance, argument.value, question.value);
}
