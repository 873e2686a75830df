import { callModels, callValue, spreadValues, type Call } from './evaluate-call.ts';
import { settled } from './evaluate.ts';
import { changedState } from './component.ts';
import { emitted, listened } from './emitter.ts';
import { rejectedKey } from './exceptions.ts';
import { elementOf, loadMember } from './members.ts';
import { noteRegexp } from './note-regexp.ts';
import { cleaningPattern } from './cleaning-pattern.ts';
import { allocate, enumerated, namedKey, writeField, type Activation } from './session.ts';
import { cleaned, mergeTaints, stepped, type Taint } from './taint.ts';
import { join, nothing, objectValue, onlyConstant, unknown, type Value } from './value.ts';

type Method = (activation: Activation, call: Call) => Value;

/** Calls a method of the language itself on a value. What is not known gives on what the receiver carries, as most methods of texts do. */
export function callMethod(activation: Activation, call: Call, name: string): Value {
  noteRegexp(activation, call, name);
  const method = methods.get(name);
  if (method !== undefined) return method(activation, call);
  if (verdicts.has(name) || makers.test(name)) return unknown;
  return carriedOn(call, `\`.${name.slice(0, 60)}()\``);
}

/** Methods whose answer is a number or a truth, which carries nothing. */
const verdicts: ReadonlySet<string> = new Set(
  'includes indexOf lastIndexOf findIndex startsWith endsWith has test every some search localeCompare charCodeAt codePointAt hasOwnProperty isPrototypeOf getTime toFixed isArray equals'.split(
    ' ',
  ),
);

/** Methods that hand out a part of the program, such as a connection, and no data. */
const makers = /^(?:create|open|connect)[A-Z]|^get(?:Repository|Connection|Manager|Collection|Model|Client|Service|Builder)$/u;

const passesReceiver: Method = (_activation, call) => call.receiver;

const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['map', (activation, call) => listOf(activation, call, eachElement(activation, call))],
  ['flatMap', (activation, call) => listOf(activation, call, elementOf(activation, eachElement(activation, call)))],
  ['forEach', asked],
  ['some', asked],
  ['every', asked],
  ['findIndex', asked],
  ['filter', filtered],
  ['sort', (activation, call) => (eachElement(activation, call), call.receiver)],
  ['find', (activation, call) => (eachElement(activation, call), elementOf(activation, call.receiver))],
  ['findLast', (activation, call) => (eachElement(activation, call), elementOf(activation, call.receiver))],
  ['reduce', reduced],
  ['reduceRight', reduced],
  ['at', (activation, call) => elementOf(activation, call.receiver)],
  ['pop', (activation, call) => elementOf(activation, call.receiver)],
  ['shift', (activation, call) => elementOf(activation, call.receiver)],
  ['values', passesReceiver],
  ['entries', passesReceiver],
  ['reverse', passesReceiver],
  ['flat', passesReceiver],
  ['push', added],
  ['unshift', added],
  ['add', added],
  ['append', added],
  ['set', setEntry],
  ['get', (activation, call) => elementOrSelf(activation, call)],
  ['slice', sliced],
  ['concat', joinedWith],
  ['join', joinedText],
  ['split', parted],
  ['replace', replaced],
  ['replaceAll', replaced],
  ['exec', (_activation, call) => carriedBy(call, call.args[0] ?? unknown)],
  ['on', listened],
  ['once', listened],
  ['addListener', listened],
  ['prependListener', listened],
  ['emit', emitted],
  ['setState', changedState],
  ['then', awaited],
  [
    'catch',
    (activation, call) => (
      callValue(activation, call.args[0] ?? unknown, { args: [rejection(activation, call)], site: call.site }),
      call.receiver
    ),
  ],
  ['finally', (activation, call) => (callValue(activation, call.args[0] ?? unknown, { args: [], site: call.site }), call.receiver)],
  ['call', (activation, call) => calledOn(activation, call, call.args.slice(1))],
  ['pipe', (_activation, call) => call.args[0] ?? unknown],
  ['apply', applied],
  ['bind', bound],
]);

/** Runs the callback and answers what a truth or nothing carries. */
function asked(activation: Activation, call: Call): Value {
  eachElement(activation, call);
  return unknown;
}

/** What an expression found in a text is a part of the text. */
function carriedBy(call: Call, { taints }: Value): Value {
  return taints.length === 0 ? unknown : { ...unknown, taints: taints.map((taint) => stepped(taint, call.site, 'found in the text')) };
}

function carriedOn(call: Call, note: string): Value {
  const { taints } = call.receiver;
  return taints.length === 0 ? unknown : { ...unknown, taints: taints.map((taint) => stepped(taint, call.site, note)) };
}

/** Runs the first argument on an element of the receiver. */
function eachElement(activation: Activation, call: Call): Value {
  const callback = call.args[0] ?? unknown;
  const element = elementOf(activation, call.receiver);
  // A function that is not seen, such as `String`, is taken to give on what it is given, unless it is known not to.
  if (callback.objects.length === 0) return callback.states.some(({ flows }) => flows.some(({ drops }) => drops)) ? unknown : element;
  return callValue(activation, callback, { args: [element, unknown, call.receiver], site: call.site });
}

function listOf(activation: Activation, call: Call, element: Value): Value {
  const list = allocate(activation.instance, call.id, 'array');
  writeField(activation.session, list, { key: undefined, value: element });
  return objectValue(list);
}

/** `filter` with a list of allowed values keeps only those. */
function filtered(activation: Activation, call: Call): Value {
  eachElement(activation, call);
  return call.receiver;
}

function reduced(activation: Activation, call: Call): Value {
  const element = elementOf(activation, call.receiver);
  const start = call.args[1] ?? element;
  const once = callValue(activation, call.args[0] ?? unknown, { args: [start, element, unknown, call.receiver], site: call.site });
  const both = join(start, once, activation.session.bounds);
  if (both === start) return start;
  return join(
    both,
    callValue(activation, call.args[0] ?? unknown, { args: [both, element, unknown, call.receiver], site: call.site }),
    activation.session.bounds,
  );
}

function added(activation: Activation, call: Call): Value {
  for (const object of call.receiver.objects) {
    for (const value of call.args) writeField(activation.session, object, { key: undefined, value });
  }
  return call.receiver;
}

function setEntry(activation: Activation, call: Call): Value {
  const value = call.args[1];
  const key = onlyConstant(call.args[0] ?? unknown);
  if (value !== undefined) {
    for (const object of call.receiver.objects) {
      writeField(activation.session, object, { key: typeof key?.value === 'string' ? key.value : undefined, value });
    }
  }
  return call.receiver;
}

function elementOrSelf(activation: Activation, call: Call): Value {
  if (call.receiver.objects.length > 0) return elementOf(activation, call.receiver);
  return carriedOn(call, 'read by name');
}

function sliced(_activation: Activation, call: Call): Value {
  return call.receiver.objects.length > 0 ? call.receiver : carriedOn(call, '`.slice()`');
}

function joinedWith(activation: Activation, call: Call): Value {
  if (call.receiver.objects.length === 0) {
    let { taints } = call.receiver;
    for (const value of call.args) taints = mergeTaints(taints, value.taints, activation.session.bounds.taintsMax);
    return taints.length === 0 ? unknown : { ...unknown, taints: taints.map((taint) => stepped(taint, call.site, 'put into a text')) };
  }
  let element = elementOf(activation, call.receiver);
  for (const value of call.args)
    element = join(element, value.objects.length > 0 ? elementOf(activation, value) : value, activation.session.bounds);
  return listOf(activation, call, element);
}

function joinedText(activation: Activation, call: Call): Value {
  const element = elementOf(activation, call.receiver);
  const taints = cleaned(
    mergeTaints(element.taints, call.receiver.taints, activation.session.bounds.taintsMax),
    activation.session.models.textBits | activation.session.models.partialBit,
  );
  return taints.length === 0 ? unknown : { ...unknown, taints: taints.map((taint) => stepped(taint, call.site, 'joined into a text')) };
}

/** Replacing everything outside a plain set of characters leaves nothing to attack with; escaping `<` leaves no markup. */
/** The parts of a text that nothing is known of are names that someone else chose. */
function parted(activation: Activation, call: Call): Value {
  const { receiver } = call;
  const part = receiver.taints.length > 0 ? carriedOn(call, 'split') : enumerated(activation.session, receiver, call.site);
  return listOf(activation, call, part);
}

function replaced(activation: Activation, call: Call): Value {
  const [pattern, replacement] = call.args;
  const bits = cleaningPattern(activation.session.models, {
    pattern: pattern ?? unknown,
    replacement: replacement ?? unknown,
    subject: call.receiver,
  });
  const taints: readonly Taint[] = cleaned(call.receiver.taints, bits);
  if (replacement !== undefined && replacement.objects.length > 0) {
    callValue(activation, replacement, { args: [call.receiver], site: call.site });
  }
  const all = mergeTaints(taints, replacement?.taints ?? [], activation.session.bounds.taintsMax);
  return all.length === 0 ? unknown : { ...unknown, taints: all.map((taint) => stepped(taint, call.site, 'characters replaced')) };
}

function awaited(activation: Activation, call: Call): Value {
  const value = settled(activation, call.receiver);
  const [onDone, onFail] = call.args;
  if (onFail !== undefined) callValue(activation, onFail, { args: [unknown], site: call.site });
  return onDone === undefined ? value : callValue(activation, onDone, { args: [value], site: call.site });
}

/** What the handler of a promise is given: what its maker threw, as far as that is known. */
function rejection(activation: Activation, call: Call): Value {
  const { caught } = activation.session.models;
  const thrown = loadMember(activation, { ...nothing, objects: call.receiver.objects }, namedKey(activation.session, rejectedKey));
  return caught === undefined ? thrown : join(thrown, { ...unknown, states: [caught] }, activation.session.bounds);
}

function applied(activation: Activation, call: Call): Value {
  return calledOn(activation, call, spreadValues(activation, call.args[1] ?? unknown));
}

/** `f.call(object, ...)`: a function of the program, one that the models know, or a method that is borrowed (`[].slice.call(list)`). */
function calledOn(activation: Activation, call: Call, args: readonly Value[]): Value {
  const receiver = call.args[0] ?? unknown;
  const { session } = activation;
  let result = callValue(activation, call.receiver, { args, receiver, site: call.site });
  const { states } = call.receiver;
  if (states.length > 0)
    result = join(result, callModels(activation, { ...call, receiver, args }, { states, guessed: false }), session.bounds);
  const borrowed = methods.get(call.instruction.spelling.at(-2) ?? '');
  if (borrowed === undefined || call.receiver.objects.length > 0 || states.some(({ isType }) => isType)) return result;
  return join(result, borrowed(activation, { ...call, receiver, args }), session.bounds);
}

function bound(activation: Activation, call: Call): Value {
  if (!call.receiver.objects.some((object) => object.kind === 'function')) return call.receiver;
  const object = allocate(activation.instance, call.id, 'function');
  object.builtin = { does: 'bound', target: call.receiver, receiver: call.args[0] ?? unknown, arguments: call.args.slice(1) };
  return { ...objectValue(object), states: call.receiver.states };
}
