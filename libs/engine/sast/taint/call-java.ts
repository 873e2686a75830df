import { callMethod } from './call-method.ts';
import { callRegexp } from './call-regexp.ts';
import type { Call } from './evaluate-call.ts';
import { carried, givesElement, joinedText, named, passesReceiver, type LibraryMethod } from './library-method.ts';
import { copyMembers, elementOf, loadMember } from './members.ts';
import { allocate, namedKey, writeField, type Activation } from './session.ts';
import { constantValue, join, objectValue, onlyConstant, unknown, type Value } from './value.ts';

/** Calls a method or constructor of which neither the tree nor the models know anything but what Java itself says of it. */
export function callJava(activation: Activation, call: Call): Value {
  const found = callRegexp(activation, call);
  if (found !== undefined) return found;
  const name = call.instruction.spelling.at(-1) ?? '';
  if (call.instruction.form === 'new') return carried(activation, call, call.args);
  if (call.instruction.receiver === undefined) return unknown;
  const method = methods.get(name);
  if (method !== undefined) return method(activation, call);
  if (verdicts.has(name)) return unknown;
  if (call.receiver.objects.length > 0 || call.receiver.taints.length > 0) return callMethod(activation, call, name);
  return sanitizing.test(name) ? unknown : carried(activation, call, call.args);
}

/** Methods whose answer is a number or a truth, which carries nothing. */
const verdicts: ReadonlySet<string> = new Set(
  'equals equalsIgnoreCase contains containsKey containsValue isEmpty isBlank length size matches compareTo compareToIgnoreCase hashCode startsWith endsWith indexOf lastIndexOf charAt hasNext hasMoreElements hasMoreTokens anyMatch allMatch noneMatch count isPresent getClass'.split(
    ' ',
  ),
);

/** Names of functions that make a text harmless, or something that carries nothing of it. */
const sanitizing = /escape|encode|sanitiz|clean|quote|hash|digest|encrypt|^(?:is|has|parse|valid|check|verify|count|size|length)/iu;

const methods: ReadonlyMap<string, LibraryMethod> = new Map<string, LibraryMethod>([
  ...named(
    'iterator listIterator stream parallelStream collect toList toArray elements boxed sorted distinct limit skip peek getKey getValue entrySet keySet trim strip clone intern getBytes toCharArray',
    passesReceiver,
  ),
  ...named(
    'next nextElement nextToken orElse orElseThrow findFirst findAny pop poll peekFirst getFirst getLast removeFirst removeLast firstElement lastElement',
    givesElement,
  ),
  ['get', entry],
  ['getProperty', entry],
  ['getOrDefault', entry],
  ...named('load loadFromXML', load),
  ...named('getResourceAsStream getResource', (activation, call) => settings(activation, call, '')),
  ['getBundle', (activation, call) => settings(activation, call, '.properties')],
  ['getString', entry],
  ['put', enter],
  ['setProperty', enter],
  ['putIfAbsent', enter],
  ['addAll', addAll],
  ['putAll', addAll],
  ['replaceAll', replaceAll],
  ['replaceFirst', (activation, call) => carried(activation, call, [call.receiver, ...call.args.slice(1)])],
  ...named('concat format formatted', (activation, call) => joinedText(activation, call, [call.receiver, ...call.args])),
  ['join', (activation, call) => joinedText(activation, call, call.args)],
]);

function entry(activation: Activation, call: Call): Value {
  const [key = unknown, otherwise] = call.args;
  const { receiver } = call;
  const constant = onlyConstant(key);
  if (constant === undefined || receiver.objects.length === 0) return withDefault(activation, elementOf(activation, receiver), otherwise);
  const name = String(constant.value);
  const found = loadMember(activation, receiver, namedKey(activation.session, name));
  const isThere = !receiver.open && receiver.objects.every((object) => object.fields.has(name) && !object.mixed);
  return isThere ? found : withDefault(activation, found, otherwise);
}

function withDefault(activation: Activation, found: Value, otherwise: Value | undefined): Value {
  return otherwise === undefined ? found : join(found, otherwise, activation.session.bounds);
}

/** A settings file of the tree, as an object of its entries. */
function settings(activation: Activation, call: Call, ending: string): Value {
  const name = onlyConstant(call.args[0] ?? unknown)?.value;
  const entries = typeof name === 'string' ? activation.session.settings(`${name}${ending}`) : undefined;
  if (entries === undefined) return carried(activation, call, call.args);
  const object = allocate(activation.instance, call.id, 'plain');
  for (const [key, value] of entries) if (!object.fields.has(key)) object.setField(key, constantValue(value, call.site));
  return objectValue(object);
}

/** `properties.load(stream)`. */
function load(activation: Activation, call: Call): Value {
  const [source] = call.args;
  if (source !== undefined) copyMembers(activation, call.receiver, { source, except: [] });
  return unknown;
}

function enter(activation: Activation, call: Call): Value {
  const [key = unknown, value = unknown] = call.args;
  const constant = onlyConstant(key);
  for (const object of call.receiver.objects)
    writeField(activation.session, object, { key: constant === undefined ? undefined : String(constant.value), value });
  return unknown;
}

function addAll(activation: Activation, call: Call): Value {
  const element = elementOf(activation, call.args[0] ?? unknown);
  for (const object of call.receiver.objects) writeField(activation.session, object, { key: undefined, value: element });
  return unknown;
}

/** `replaceAll` takes a regular expression as a text. */
function replaceAll(activation: Activation, call: Call): Value {
  const [pattern = unknown, ...rest] = call.args;
  const text = onlyConstant(pattern)?.value;
  if (typeof text !== 'string') return callMethod(activation, call, 'replaceAll');
  const object = allocate(activation.instance, call.id, 'regexp');
  object.regexp ??= { pattern: text.replaceAll('\n', '\\n').replaceAll('\r', '\\r'), flags: 'g' };
  return callMethod(activation, { ...call, args: [objectValue(object), ...rest] }, 'replaceAll');
}
