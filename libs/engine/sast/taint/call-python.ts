import { AbstractObject } from './abstract-object.ts';
import { callMethod } from './call-method.ts';
import { callRegexp } from './call-regexp.ts';
import type { Call } from './evaluate-call.ts';
import { givesElement, guessed, joinedText, named, passesReceiver, type LibraryMethod } from './library-method.ts';
import { elementOf, loadMember } from './members.ts';
import { allocate, namedKey, writeField, type Activation } from './session.ts';
import { join, objectValue, onlyConstant, unknown, type Value } from './value.ts';

/** Calls a method or function of which neither the tree nor the models know anything but what Python itself says of it. */
export function callPython(activation: Activation, call: Call): Value {
  const found = callRegexp(activation, call);
  if (found !== undefined) return found;
  const { spelling, receiver } = call.instruction;
  const name = spelling.at(-1) ?? '';
  if (receiver === undefined) return sanitizing.test(name) ? unknown : guessed(activation, call, allOf(call));
  const method = methods.get(name);
  if (method !== undefined) return method(activation, call);
  if (verdicts.has(name)) return unknown;
  if (call.receiver.objects.length > 0 || call.receiver.taints.length > 0) return callMethod(activation, call, name);
  return sanitizing.test(name) ? unknown : guessed(activation, call, allOf(call));
}

/** Methods whose answer is a number or a truth, which carries nothing. */
const verdicts: ReadonlySet<string> = new Set(
  'startswith endswith isdigit isalnum isalpha isnumeric isdecimal isidentifier islower isupper isspace find rfind index rindex count contains exists is_file is_dir is_valid'.split(
    ' ',
  ),
);

/** Names of functions that make a text harmless, or something that carries nothing of it. */
const sanitizing =
  /escape|sanitiz|clean|quote|hash|digest|encrypt|secure_filename|^(?:is_|has_|int$|float$|len$|bool$|valid|check|verify|count|size)/iu;

const methods: ReadonlyMap<string, LibraryMethod> = new Map<string, LibraryMethod>([
  ...named('copy values strip lstrip rstrip lower upper title encode decode casefold', passesReceiver),
  ...named('pop popleft popitem first', givesElement),
  ...named('get getlist', entry),
  ['setdefault', (activation, call) => (enter(activation, call), entry(activation, call))],
  ['items', items],
  ...named('append add appendleft insert', append),
  ...named('extend update', extend),
  ['format', (activation, call) => joinedText(activation, call, [call.receiver, ...call.args, ...call.named.map(([, value]) => value)])],
  ['join', (activation, call) => joinedText(activation, call, call.args)],
]);

function allOf(call: Call): readonly Value[] {
  return [...call.args, ...call.named.map(([, given]) => given)];
}

function entry(activation: Activation, call: Call): Value {
  const [key = unknown, otherwise] = call.args;
  const { receiver } = call;
  const constant = onlyConstant(key);
  const found =
    constant === undefined
      ? elementOf(activation, receiver)
      : loadMember(activation, receiver, namedKey(activation.session, String(constant.value)));
  return otherwise === undefined ? found : join(found, otherwise, activation.session.bounds);
}

function enter(activation: Activation, call: Call): void {
  const [key = unknown, value = unknown] = call.args;
  const constant = onlyConstant(key);
  for (const object of call.receiver.objects)
    writeField(activation.session, object, { key: constant === undefined ? undefined : String(constant.value), value });
}

/** Pairs of a key and a value. */
function items(activation: Activation, call: Call): Value {
  const { session, instance } = activation;
  const pair = instance.objects.get(-2 - call.id) ?? new AbstractObject('array');
  instance.keepObject(-2 - call.id, pair);
  const { taints } = call.receiver;
  writeField(session, pair, { key: '0', value: taints.length === 0 ? unknown : { ...unknown, taints } });
  writeField(session, pair, { key: '1', value: elementOf(activation, call.receiver) });
  const list = allocate(instance, call.id, 'array');
  writeField(session, list, { key: undefined, value: objectValue(pair) });
  return objectValue(list);
}

function append(activation: Activation, call: Call): Value {
  const value = call.args.at(-1) ?? unknown;
  for (const object of call.receiver.objects) writeField(activation.session, object, { key: undefined, value });
  return unknown;
}

function extend(activation: Activation, call: Call): Value {
  const element = elementOf(activation, call.args[0] ?? unknown);
  for (const object of call.receiver.objects) {
    writeField(activation.session, object, { key: undefined, value: element });
    for (const [name, value] of call.named) writeField(activation.session, object, { key: name, value });
  }
  return unknown;
}
