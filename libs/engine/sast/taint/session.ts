import type { ValueId } from '../ir/instruction.ts';
import type { Models } from '../models/compile-models.ts';
import type { SourceSpec, State } from '../models/state.ts';
import { AbstractObject, type ObjectKind } from './abstract-object.ts';
import type { FoundType } from './evaluate-type.ts';
import type { Instance, Unit } from './instance.ts';
import { taintFrom, type Site, type Source, type Taint } from './taint.ts';
import { join, nothing, unknown, type Value, type ValueBounds } from './value.ts';

/** Bounds of one analysis, from `contract/limits`. Units: counts. */
export type SessionBounds = ValueBounds & {
  readonly stepsPerFileMax: number;
  readonly callDepthMax: number;
  readonly contextsMax: number;
  /** The same for calls without data from outside, which differ less. */
  readonly plainContextsMax: number;
  readonly roundsMax: number;
  readonly evaluationsMax: number;
};

/** What a call or an assignment touched in the models; sinks are judged when nothing changes any more. */
export type ModelEvent = { readonly states: readonly State[]; readonly guessed: boolean };

/** Two values that are compared, or a regular expression and what it is applied to. */
export type Comparison = { readonly instance: Instance; readonly id: ValueId };
export type RegexpUse = { readonly instance: Instance; readonly id: ValueId; readonly regexp: AbstractObject; readonly subject: Value };

/** One analysis: a batch of files that see each other, and everything learnt so far. */
export type Session = {
  readonly models: Models;
  readonly bounds: SessionBounds;
  /** Gives a file of the tree that an import means, or nothing. */
  readonly resolve: (specifier: string, fromPath: string) => Unit | undefined;
  /** Scripts right below a folder, as specifiers relative to the file that asks. */
  readonly filesBelow: (folder: string, fromPath: string) => readonly string[];
  readonly instances: Instance[];
  readonly worklist: Instance[];
  readonly sources: Map<string, Source>;
  readonly events: Map<Instance, Map<ValueId, ModelEvent>>;
  readonly comparisons: Map<string, Comparison>;
  readonly regexpUses: Map<string, RegexpUse>;
  readonly origins: Set<string>;
  /** Keys by name, made once: every load has one. */
  readonly keys: Map<string, KnownKey>;
  /** Entries of a settings file of the tree, by its name. */
  readonly settings: (name: string) => ReadonlyMap<string, string> | undefined;
  /** Types by the names that they may have. */
  readonly types: Map<string, FoundType>;
  /** What pages keep from one visit to the next. */
  readonly kept: AbstractObject;
  depth: number;
};

/** A key as far as it is known: its names, or any. `taints` are those of the key itself. */
export type KnownKey = { readonly names: readonly string[] | undefined; readonly taints: readonly Taint[] };

/** The key of this one name. */
export function namedKey(session: Session, name: string): KnownKey {
  const known = session.keys.get(name);
  if (known !== undefined) return known;
  const made: KnownKey = { names: [name], taints: [] };
  session.keys.set(name, made);
  return made;
}

/** Where the instruction in hand stands. */
export function siteHere(activation: Activation): Site {
  return siteOf(activation.instance, activation.at);
}

/** What evaluates: a session, the activation in hand and the instruction in it. */
export type Activation = { readonly session: Session; readonly instance: Instance; at: ValueId };

/** What a session sees of the tree. */
export type TreeAccess = Pick<Session, 'resolve' | 'settings' | 'filesBelow'>;

export function openSession(models: Models, bounds: SessionBounds, access: TreeAccess): Session {
  return {
    models,
    bounds,
    ...access,
    instances: [],
    worklist: [],
    sources: new Map(),
    events: new Map(),
    comparisons: new Map(),
    regexpUses: new Map(),
    origins: new Set(),
    keys: new Map(),
    types: new Map(),
    kept: new AbstractObject('plain'),
    depth: 0,
  };
}

/** A taint of the source at this place; one source per place, origin and label. */
export function sourceTaint(session: Session, spec: SourceSpec, site: Site): Taint {
  const key = `${spec.origin}\n${spec.label}\n${site.path}\n${String(site.start)}\n${String(site.end)}`;
  let source = session.sources.get(key);
  if (source === undefined) {
    source = { key, origin: spec.origin, label: spec.label, site };
    session.sources.set(key, source);
    session.origins.add(spec.origin);
  }
  return taintFrom(source, spec.safe);
}

const enumeratedKey: SourceSpec = { origin: 'enumerated', label: 'a key of an object that is not known', safe: 0 };

/** A key of a value: data of whoever gave the value, or, when nothing is known of it, a name that whoever made it chose. */
export function enumerated(session: Session, of: Value, site: Site): Value {
  if (of.taints.length > 0) return { ...unknown, taints: of.taints };
  return of.open && of.states.length === 0 ? { ...unknown, taints: [sourceTaint(session, enumeratedKey, site)] } : unknown;
}

/** Where an instruction of an activation stands. */
export function siteOf(instance: Instance, id: ValueId): Site {
  const { spans } = instance.fn;
  return { path: instance.unit.module.path, start: spans[id * 2] ?? 0, end: spans[id * 2 + 1] ?? 0 };
}

/** The object that an instruction allocates in this activation. */
export function allocate(instance: Instance, id: ValueId, kind: ObjectKind): AbstractObject {
  const known = instance.objects.get(id);
  if (known !== undefined) return known;
  const made = new AbstractObject(kind);
  instance.keepObject(id, made);
  return made;
}

/** Adds to a member of an object; whoever read from it is looked at again. */
export function writeField(
  session: Session,
  object: AbstractObject,
  written: { readonly key: string | undefined; readonly value: Value },
): void {
  const { key } = written;
  const value = withoutWay(written.value);
  const before = key === undefined ? object.element : (object.fields.get(key) ?? nothing);
  const after = join(before, value, session.bounds);
  if (after === before && (key === undefined || object.fields.has(key))) return;
  if (key === undefined) object.element = after;
  else object.setField(key, after);
  for (const reader of object.readers) touch(session, reader);
}

/** That a member was reached under a key of the request is true of the way there, and not of the member once it lies elsewhere. */
function withoutWay(value: Value): Value {
  if (!value.taints.some((taint) => isMemberOrigin(taint.source.origin))) return value;
  return { ...value, taints: value.taints.filter((taint) => !isMemberOrigin(taint.source.origin)) };
}

/** The origin of what was reached under a key that comes from outside. */
export function isMemberOrigin(origin: string): boolean {
  return origin.endsWith('-member');
}

/** Marks an activation to be evaluated again. */
export function touch(session: Session, instance: Instance): void {
  if (instance.dirty || !instance.evaluated) return;
  if (instance.evaluations >= session.bounds.evaluationsMax) return;
  instance.dirty = true;
  session.worklist.push(instance);
}

export function valueOf(instance: Instance, id: ValueId): Value {
  return instance.values[id] ?? nothing;
}
