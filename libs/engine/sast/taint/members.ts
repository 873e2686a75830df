import type { Key } from '../ir/instruction.ts';
import type { State } from '../models/state.ts';
import { AbstractObject } from './abstract-object.ts';
import { invoke } from './invoke.ts';
import { sensitiveSource } from './sensitive-name.ts';
import { namedKey, siteHere, sourceTaint, valueOf, writeField, type Activation, type KnownKey } from './session.ts';
import { mergeTaints, stepped, type Taint } from './taint.ts';
import { isFixed, join, joinAll, nothing, objectValue, unknown, type Value } from './value.ts';

const prototypeHopsMax = 4; // classes that extend classes; deeper chains are not followed
const prototypesMax = 12; // objects that one member is looked for in, at each step up
/** How the names of symbols begin. */
export const symbolPrefix = '@@';
const searchedMax = 500; // objects that one value is searched through for data from outside
const countMembers: ReadonlySet<string> = new Set(['length', 'size', 'byteLength']);

/** Families of data that may name a member that was not meant. */
const namingOrigins: ReadonlySet<string> = new Set(['request', 'library', 'enumerated']);
const anyKey: KnownKey = { names: undefined, taints: [] };

export function knownKey(activation: Activation, key: Key): KnownKey {
  if ('name' in key) return namedKey(activation.session, key.name);
  if ('any' in key) return anyKey;
  const value = valueOf(activation.instance, key.computed);
  if (isFixed(value)) return { names: value.constants.map((constant) => String(constant.value)), taints: [] };
  return { names: undefined, taints: value.taints };
}

/** Reads a member of a value. */
export function loadMember(activation: Activation, object: Value, key: KnownKey): Value {
  const { session } = activation;
  if (key.names === undefined) return loadAny(activation, object, key);
  let result = object.open ? unknown : nothing;
  for (const name of key.names) {
    for (const item of object.objects)
      result = join(result, throughAccessors(activation, readField(activation, item, name), item), session.bounds);
    for (const state of object.states) result = join(result, loadState(activation, state.member(name)), session.bounds);
    if (!countMembers.has(name) && object.taints.length > 0 && !object.states.some((state) => state.member(name)?.isOwn === true))
      result = join(result, { ...unknown, taints: object.taints }, session.bounds);
    const secret = sensitiveSource(session.models, name);
    if (secret !== undefined && result.open)
      result = join(result, { ...unknown, taints: [sourceTaint(session, secret, siteHere(activation))] }, session.bounds);
  }
  return result === nothing ? unknown : result;
}

/** Any member: an element of an array, a value of a map, a character of a text. */
export function elementOf(activation: Activation, value: Value): Value {
  const { bounds } = activation.session;
  let result = value.open ? unknown : nothing;
  for (const item of value.objects) {
    item.addReader(activation.instance);
    const members = throughAccessors(activation, joinAll([...item.fields.values()], bounds), item);
    result = join(join(result, item.element, bounds), members, bounds);
  }
  for (const state of value.states)
    if (state.anyMember !== undefined) result = join(result, loadState(activation, state.anyMember), bounds);
  if (value.taints.length > 0) result = join(result, { ...unknown, taints: value.taints }, bounds);
  return result === nothing ? unknown : result;
}

/** What reading gives where a member is computed: what its getter returns. */
export function throughAccessors(activation: Activation, value: Value, owner: AbstractObject): Value {
  if (!value.objects.some((item) => item.builtin?.does === 'accessor')) return value;
  const { session } = activation;
  let result: Value = { ...value, objects: value.objects.filter((item) => item.builtin?.does !== 'accessor') };
  for (const { builtin } of value.objects) {
    if (builtin?.does !== 'accessor') continue;
    for (const target of builtin.getter.objects) {
      const call = { args: [], receiver: objectValue(owner) };
      result = join(result, invoke(activation, session, { target, call }), session.bounds);
    }
  }
  return result;
}

/** Writes a member of a value. */
export function storeMember(activation: Activation, object: Value, written: { readonly key: KnownKey; readonly value: Value }): void {
  const { key, value } = written;
  for (const item of object.objects) {
    if (key.names === undefined) writeField(activation.session, item, { key: undefined, value });
    else for (const name of key.names) writeField(activation.session, item, { key: name, value });
  }
}

/** Copies the members of one value into another, as a spread does. */
export function copyMembers(
  activation: Activation,
  target: Value,
  copied: { readonly source: Value; readonly except: readonly string[] },
): void {
  const { session, instance } = activation;
  for (const item of target.objects) {
    for (const from of copied.source.objects) {
      if (from === item) continue;
      from.addReader(instance);
      for (const [key, value] of from.fields) if (!copied.except.includes(key)) writeField(session, item, { key, value });
      if (from.element !== nothing) writeField(session, item, { key: undefined, value: from.element });
    }
    if (copied.source.taints.length > 0) writeField(session, item, { key: undefined, value: { ...unknown, taints: copied.source.taints } });
    if (copied.source.open) item.mixed = true;
  }
}

/** Every taint in a value, members included, as far down as `depth`. Each object is looked into once, and at most `searchedMax` of them. */
export function deepTaints(activation: Activation, value: Value, depth: number): readonly Taint[] {
  const { taintsMax } = activation.session.bounds;
  let { taints } = value;
  // Of several values that a call gives, each is looked at by itself.
  const seen = new Set<AbstractObject>(depth > 0 ? value.objects.filter(({ kind }) => kind !== 'tuple') : []);
  let level: readonly AbstractObject[] = [...seen];
  for (let down = depth; down > 0 && level.length > 0; down--) {
    const next: AbstractObject[] = [];
    for (const item of level) {
      item.addReader(activation.instance);
      for (const member of membersOf(item)) {
        taints = mergeTaints(taints, member.taints, taintsMax);
        for (const inner of member.objects) {
          if (seen.has(inner) || seen.size >= searchedMax || inner.kind === 'tuple') continue;
          seen.add(inner);
          next.push(inner);
        }
      }
    }
    level = next;
  }
  return taints;
}

function* membersOf(object: AbstractObject): Generator<Value> {
  yield object.element;
  yield* object.fields.values();
}

/** Taints of the value as a whole: its own, and those of members that were copied into it without being named. */
export function spreadTaints(activation: Activation, value: Value): readonly Taint[] {
  const { taintsMax } = activation.session.bounds;
  return value.objects.reduce<readonly Taint[]>((taints, item) => mergeTaints(taints, item.element.taints, taintsMax), value.taints);
}

/** Follows member names from a value; `**` and `$spread` give the value itself, for a caller that looks into it. */
export function descend(activation: Activation, value: Value, members: readonly string[]): Value {
  let at = value;
  for (const name of members) {
    if (name === '**' || name === '$spread') return at;
    at = name === '*' ? elementOf(activation, at) : loadMember(activation, at, namedKey(activation.session, name));
  }
  return at;
}

function loadAny(activation: Activation, object: Value, key: KnownKey): Value {
  const element = underAnyKey(activation, object, key);
  const drawn = key.taints.filter((taint) => taint.source.origin === 'weak-random');
  if (drawn.length > 0) return join(element, { ...unknown, taints: drawn }, activation.session.bounds);
  const reached = key.taints.filter((taint) => namingOrigins.has(taint.source.origin));
  if (reached.length === 0) return element;
  // What is found under a key that someone else names may be the prototype of everything.
  const { session } = activation;
  const taints = reached.map((taint) => {
    const source = { origin: `${taint.source.origin}-member`, label: taint.source.label, safe: 0 };
    const member = sourceTaint(session, source, taint.source.site);
    return stepped({ ...member, safe: taint.safe, step: taint.step }, siteHere(activation), 'names the member that is taken');
  });
  return join(element, { ...unknown, taints }, session.bounds);
}

/** What may lie under a key that is not known. The named members of an instance of a class are not meant, unless data from outside names them. */
function underAnyKey(activation: Activation, object: Value, key: KnownKey): Value {
  const isInstance = (item: AbstractObject): boolean => item.prototype.objects.some(({ home }) => home?.kind === 'class');
  if (key.taints.length > 0 || !object.objects.some(isInstance)) return elementOf(activation, object);
  let result = elementOf(activation, { ...object, objects: object.objects.filter((item) => !isInstance(item)) });
  for (const item of object.objects) {
    if (!isInstance(item)) continue;
    item.addReader(activation.instance);
    result = join(result, item.element, activation.session.bounds);
  }
  return result;
}

function readField(activation: Activation, object: AbstractObject, name: string): Value {
  let result = nothing;
  let holders: readonly AbstractObject[] = [object];
  for (let hop = 0; hop <= prototypeHopsMax && holders.length > 0; hop++) {
    // Prototypes may share prototypes, or go round: each is asked once a step.
    const next = new Set<AbstractObject>();
    for (const holder of holders) {
      const own = readOwn(activation, holder, name);
      result = join(result, own.value, activation.session.bounds);
      if (!own.isFound) for (const prototype of holder.prototype.objects) if (next.size < prototypesMax) next.add(prototype);
    }
    holders = [...next];
  }
  return result;
}

/** A member of the object itself, and whether it has one by this very name. */
function readOwn(activation: Activation, holder: AbstractObject, name: string): { readonly value: Value; readonly isFound: boolean } {
  const { bounds } = activation.session;
  holder.addReader(activation.instance);
  const field = holder.fields.get(name) ?? (name === 'prototype' ? prototypeOf(holder) : undefined);
  const value = mayBeElement(holder, name) ? join(field ?? nothing, holder.element, bounds) : (field ?? nothing);
  return { value: holder.mixed ? join(value, unknown, bounds) : value, isFound: field !== undefined };
}

/** Whether something kept under a computed name may be meant. No text spells a symbol, and what a list keeps has a number. */
function mayBeElement(holder: AbstractObject, name: string): boolean {
  if (name.startsWith(symbolPrefix)) return false;
  return (holder.kind !== 'array' && holder.kind !== 'collection') || /^\d+$/u.test(name);
}

/** The prototype of a function, made when it is first asked for: most functions are no classes. */
export function prototypeOf(object: AbstractObject): Value | undefined {
  const known = object.fields.get('prototype');
  if (known !== undefined || object.kind !== 'function' || object.closure === undefined) return known;
  const prototype = new AbstractObject('plain');
  prototype.home = object;
  object.setField('prototype', objectValue(prototype));
  return objectValue(prototype);
}

function loadState(activation: Activation, state: State | undefined): Value {
  if (state === undefined) return unknown;
  const value: Value = { ...unknown, states: [state] };
  return state.source === undefined ? value : { ...value, taints: [sourceTaint(activation.session, state.source, siteHere(activation))] };
}
