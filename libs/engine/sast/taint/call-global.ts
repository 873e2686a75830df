import type { ValueId } from '../ir/instruction.ts';
import { AbstractObject } from './abstract-object.ts';
import { renderedBy, stateOf } from './component.ts';
import { newEmitter } from './emitter.ts';
import { accessor } from './evaluate.ts';
import { rejectedKey } from './exceptions.ts';
import { callValue, type Call } from './evaluate-call.ts';
import { copyMembers, deepTaints, elementOf, loadMember, prototypeOf, symbolPrefix } from './members.ts';
import { allocate, enumerated, namedKey, siteHere, writeField, type Activation, type KnownKey } from './session.ts';
import { constantValue, isFixed, join, joinAll, nothing, objectValue, onlyConstant, unknown, type Value } from './value.ts';

type GlobalFunction = (activation: Activation, call: Call) => Value;

/** Functions of the language that hand objects on, by how they are spelled; undefined when the callee is none of them. */
export function callGlobal(activation: Activation, call: Call): Value | undefined {
  const { spelling, form } = call.instruction;
  const make = form === 'new' ? 'new ' : '';
  for (const { name } of call.callee.states) {
    const known = globals.get(`${make}${name}`);
    if (known !== undefined) return known(activation, call);
  }
  return spelling.length > 2 ? undefined : globals.get(`${make}${spelling.join('.')}`)?.(activation, call);
}

const givesArgument: GlobalFunction = (_activation, call) => call.args[0] ?? unknown;

const globals: ReadonlyMap<string, GlobalFunction> = new Map<string, GlobalFunction>([
  ['new Promise', newPromise],
  ['new EventEmitter', newEmitter],
  ['new events.EventEmitter', newEmitter],
  ['new events', newEmitter],
  ['Promise.resolve', givesArgument],
  ['Promise.all', givesArgument],
  ['Promise.allSettled', givesArgument],
  ['Promise.race', (activation, call) => elementOf(activation, call.args[0] ?? unknown)],
  ['Promise.any', (activation, call) => elementOf(activation, call.args[0] ?? unknown)],
  ['Object.freeze', givesArgument],
  ['Object.seal', givesArgument],
  ['structuredClone', givesArgument],
  ['Object.assign', assign],
  ...[
    'util._extend',
    '$.extend',
    'jQuery.extend',
    'jquery.extend',
    'object-assign',
    'extend',
    'extend-shallow',
    'xtend',
    'xtend/mutable',
    'deep-extend',
    'deepmerge',
    'merge-options',
  ].map((name): readonly [string, GlobalFunction] => [name, extended]),
  ...['assign', 'assignIn', 'defaults', 'defaultsDeep', 'extend', 'extendOwn', 'merge'].flatMap(
    (name): (readonly [string, GlobalFunction])[] => ['lodash.', 'underscore.'].map((library) => [`${library}${name}`, extended]),
  ),
  ['Object.create', create],
  ['Object.defineProperty', define],
  ['Reflect.defineProperty', define],
  ['Object.defineProperties', defineAll],
  ['Object.setPrototypeOf', (activation, call) => (inherit(activation, call.args[0], call.args[1]), call.args[0] ?? unknown)],
  ['util.inherits', inheritClass],
  ['inherits', inheritClass],
  ['Object.values', (activation, call) => listOf(activation, call, elementOf(activation, call.args[0] ?? unknown))],
  ['Object.keys', keysOf],
  ['Object.getOwnPropertyNames', keysOf],
  ['Reflect.ownKeys', keysOf],
  ['Object.entries', entriesOf],
  ['Object.fromEntries', (activation, call) => carried(activation, call)],
  ['Array.from', arrayFrom],
  ['Array.of', (activation, call) => listOf(activation, call, call.args[0] ?? unknown)],
  ['new Array', (activation, call) => listOf(activation, call, unknown)],
  ['new Set', collectionOf],
  ['new Map', collectionOf],
  ['dom.Storage.setItem', (activation, call) => (keep(activation, call), unknown)],
  ['dom.Storage.getItem', (activation, call) => loadMember(activation, objectValue(activation.session.kept), keptKey(activation, call))],
  ...['jsx', 'react.createElement', 'React.createElement', 'react/jsx-runtime.jsx', 'react/jsx-runtime.jsxs'].map(
    (name): readonly [string, GlobalFunction] => [name, renderedBy],
  ),
  ['react.useState', stateOf],
  ['React.useState', stateOf],
  ['Symbol', symbolOf],
  ['Symbol.for', symbolOf],
  ['new RegExp', regexpOf],
  ['RegExp', regexpOf],
]);

function newPromise(activation: Activation, call: Call): Value {
  const { instance } = activation;
  const promise = allocate(instance, call.id, 'promise');
  const settle = new AbstractObject('function');
  settle.builtin = { does: 'settle', promise };
  const executor = call.args[0] ?? unknown;
  callValue(activation, executor, { args: [objectValue(settle), unknown], site: call.site });
  for (const { closure } of executor.objects)
    for (const { thrown } of closure?.instances ?? [])
      if (thrown !== nothing) writeField(activation.session, promise, { key: rejectedKey, value: thrown });
  return objectValue(promise);
}

/** A member that is described: by its value, or by the function that computes it. */
function define(activation: Activation, call: Call): Value {
  const [target = unknown, key = unknown, description = unknown] = call.args;
  const names = isFixed(key) ? key.constants.map(({ value }) => String(value)) : undefined;
  writeDescribed(activation, { target, names, description, id: call.id });
  return target;
}

function defineAll(activation: Activation, call: Call): Value {
  const [target = unknown, descriptions = unknown] = call.args;
  for (const object of descriptions.objects)
    for (const [name, description] of object.fields) writeDescribed(activation, { target, names: [name], description, id: undefined });
  return target;
}

type Described = {
  readonly target: Value;
  /** Undefined when any member may be meant. */
  readonly names: readonly string[] | undefined;
  readonly description: Value;
  readonly id: ValueId | undefined;
};

function writeDescribed(activation: Activation, { target, names, description, id }: Described): void {
  const value = description.objects.flatMap((object) => object.fields.get('value') ?? []);
  const getter = description.objects.flatMap((object) => object.fields.get('get') ?? []);
  const { session, instance } = activation;
  for (const object of description.objects) object.addReader(instance);
  const given = [...value];
  for (const read of getter)
    given.push(
      id === undefined ? callValue(activation, read, { args: [], site: siteHere(activation) }) : objectValue(accessor(instance, id, read)),
    );
  for (const object of target.objects)
    for (const written of given) for (const key of names ?? [undefined]) writeField(session, object, { key, value: written });
}

function create(activation: Activation, call: Call): Value {
  const made = objectValue(allocate(activation.instance, call.id, 'plain'));
  inherit(activation, made, call.args[0]);
  return made;
}

function inherit(activation: Activation, heir: Value | undefined, from: Value | undefined): void {
  if (from === undefined || from.objects.length === 0) return;
  for (const object of heir?.objects ?? [])
    object.prototype = join(object.prototype, { ...nothing, objects: from.objects }, activation.session.bounds);
}

function inheritClass(activation: Activation, call: Call): Value {
  const [heir = unknown, parent = unknown] = call.args;
  const prototypes = (of: Value): Value => ({ ...nothing, objects: of.objects.flatMap((object) => prototypeOf(object)?.objects ?? []) });
  inherit(activation, prototypes(heir), prototypes(parent));
  return unknown;
}

function assign(activation: Activation, call: Call): Value {
  const [target = unknown, ...sources] = call.args;
  for (const source of sources) copyMembers(activation, target, { source, except: [] });
  return target;
}

/** What libraries make of `Object.assign`: some change the first object, some make a new one, and some take a switch before it. */
function extended(activation: Activation, call: Call): Value {
  const [target = unknown, ...sources] = call.args.filter((argument) => argument.objects.length > 0 || argument.taints.length > 0);
  for (const source of sources) copyMembers(activation, target, { source, except: [] });
  return joinAll([target, ...sources], activation.session.bounds);
}

function keysOf(activation: Activation, call: Call): Value {
  const of = call.args[0] ?? unknown;
  return listOf(activation, call, keysIn(activation, of) ?? enumerated(activation.session, of, call.site));
}

/** The names of the members of a value whose members are all known. */
export function keysIn({ session, instance }: Activation, of: Value): Value | undefined {
  if (of.open || of.states.length > 0 || of.objects.length === 0) return undefined;
  if (!of.objects.every((object) => object.kind !== 'array' && !object.mixed && object.element === nothing)) return undefined;
  for (const object of of.objects) object.addReader(instance);
  const names = of.objects
    .flatMap((object) => [...object.fields.keys()])
    .map((key) => constantValue(key, siteHere({ session, instance, at: 0 })));
  return joinAll(names, session.bounds);
}

function entriesOf(activation: Activation, call: Call): Value {
  const { session, instance } = activation;
  const of = call.args[0] ?? unknown;
  const pair = instance.objects.get(-2 - call.id) ?? new AbstractObject('array');
  instance.keepObject(-2 - call.id, pair);
  writeField(session, pair, { key: '0', value: enumerated(session, of, call.site) });
  writeField(session, pair, { key: '1', value: elementOf(activation, of) });
  return listOf(activation, call, objectValue(pair));
}

function arrayFrom(activation: Activation, call: Call): Value {
  const element = elementOf(activation, call.args[0] ?? unknown);
  const mapper = call.args[1];
  return listOf(activation, call, mapper === undefined ? element : callValue(activation, mapper, { args: [element], site: call.site }));
}

function collectionOf(activation: Activation, call: Call): Value {
  const collection = allocate(activation.instance, call.id, 'collection');
  const element = elementOf(activation, call.args[0] ?? unknown);
  const isPairs = call.instruction.spelling[0] === 'Map' && element.objects.length > 0;
  const value = isPairs ? join(unknown, memberOf(element, '1'), activation.session.bounds) : element;
  if (call.args.length > 0) writeField(activation.session, collection, { key: undefined, value });
  return objectValue(collection);
}

function memberOf(value: Value, key: string): Value {
  return value.objects[0]?.fields.get(key) ?? unknown;
}

function regexpOf(activation: Activation, call: Call): Value {
  const pattern = onlyConstant(call.args[0] ?? unknown)?.value;
  const flags = onlyConstant(call.args[1] ?? unknown)?.value;
  if (typeof pattern !== 'string') return unknown;
  const object = allocate(activation.instance, call.id, 'regexp');
  object.regexp ??= { pattern, flags: typeof flags === 'string' ? flags : '' };
  return objectValue(object);
}

/** What a page keeps lies in one place for all files, under the names that the program spells out. */
function keep(activation: Activation, call: Call): void {
  for (const name of keptKey(activation, call).names ?? [])
    writeField(activation.session, activation.session.kept, { key: name, value: call.args[1] ?? unknown });
}

function keptKey(activation: Activation, call: Call): KnownKey {
  const name = onlyConstant(call.args[0] ?? unknown)?.value;
  const [store] = call.instruction.spelling.slice(-2);
  return namedKey(activation.session, `${store ?? ''} ${String(name)}`);
}

/** A symbol is a key that nothing else has: it stands for a name that no text spells. */
function symbolOf(_activation: Activation, call: Call): Value {
  return constantValue(`${symbolPrefix}${call.site.path}:${String(call.site.start)}`, call.site);
}

function listOf(activation: Activation, call: Call, element: Value): Value {
  const list = allocate(activation.instance, call.id, 'array');
  writeField(activation.session, list, { key: undefined, value: element });
  return objectValue(list);
}

function carried(activation: Activation, call: Call): Value {
  const taints = deepTaints(activation, call.args[0] ?? unknown, 3);
  return taints.length === 0 ? unknown : { ...unknown, taints };
}
