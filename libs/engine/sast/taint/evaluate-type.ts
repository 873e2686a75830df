import type { TypeName } from '../ir/module.ts';
import type { State } from '../models/state.ts';
import type { AbstractObject } from './abstract-object.ts';
import { startUnit } from './evaluate-import.ts';
import type { Unit } from './instance.ts';
import { sampleOf } from './invoke.ts';
import type { Activation, Session } from './session.ts';
import { cleaned, type Taint } from './taint.ts';
import { join, nothing, objectValue, unknown, type Value } from './value.ts';

const subclassesMax = 4; // classes that may stand for the one that a declaration names

/** The class that one of the names (joined by `|`) stands for: one of the tree, or one that the models know. */
export function typeValue(activation: Activation, names: string): Value {
  const { session, instance } = activation;
  const found = findType(session, instance.unit, names);
  found.unit?.exports.addReader(instance);
  const cls = classOf(found);
  if (cls !== undefined) return objectValue(cls);
  return found.constructed === undefined ? unknown : { ...unknown, states: [found.constructed] };
}

/** The value, seen as what it is declared to be where nothing closer is known. */
export function declaredValue(session: Session, unit: Unit, { value, type }: { readonly value: Value; readonly type: TypeName }): Value {
  if (type.name === 'number' || type.name === 'boolean')
    return value.taints.length === 0 ? value : { ...value, taints: asNumber(session, value.taints) };
  if (value.states.length > 0 || value.objects.length > 0 || !value.open) return value;
  const instance = instanceValue(session, unit, type.name);
  return instance === undefined ? value : { ...value, states: instance.states, objects: instance.objects };
}

/** A number attacks nothing, but one that was drawn badly stays guessable. */
function asNumber(session: Session, taints: readonly Taint[]): readonly Taint[] {
  return taints.flatMap((taint) => (taint.source.origin === 'weak-random' ? [taint] : cleaned([taint], session.models.everyKind)));
}

/** What an instance of a named type is: a type of the models, or objects of the classes that may stand for it. */
export function instanceValue(session: Session, unit: Unit, names: string): Value | undefined {
  const found = findType(session, unit, names);
  const cls = classOf(found);
  if (cls === undefined) return found.instance === undefined ? undefined : { ...unknown, states: [found.instance] };
  let value = sampleOf(session, cls);
  for (const subclass of cls.subclasses.slice(0, subclassesMax)) value = join(value, sampleOf(session, subclass), session.bounds);
  return value;
}

/** Where a type was found. */
export type FoundType = {
  readonly unit: Unit | undefined;
  /** Its name among the exports of the unit. */
  readonly exported: string;
  /** In the models: the class, and an instance of it. */
  readonly constructed: State | undefined;
  readonly instance: State | undefined;
};

const notFound: FoundType = { unit: undefined, exported: '', constructed: undefined, instance: undefined };

function findType(session: Session, unit: Unit, names: string): FoundType {
  const known = session.types.get(names);
  if (known !== undefined) return known;
  let found = notFound;
  for (const name of names.split('|')) {
    found = findOne(session, unit, name);
    if (found !== notFound) break;
  }
  session.types.set(names, found);
  return found;
}

function findOne(session: Session, unit: Unit, name: string): FoundType {
  const home = session.resolve(name, unit.module.path);
  if (home !== undefined) {
    startUnit(session, home);
    const parts = name.includes('#') ? [name.slice(name.indexOf('#') + 1)] : name.split('.');
    for (let from = parts.length - 1; from >= 0; from--) {
      const exported = parts.slice(from).join('.');
      if (home.exports.fields.has(exported)) return { ...notFound, unit: home, exported };
    }
  }
  const constructed = session.models.modules.get(name);
  const instance = session.models.annotations.get(name);
  return constructed === undefined && instance === undefined ? notFound : { ...notFound, constructed, instance };
}

function classOf({ unit, exported }: FoundType): AbstractObject | undefined {
  return (unit?.exports.fields.get(exported) ?? nothing).objects.find((object) => object.kind === 'class');
}
