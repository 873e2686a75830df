import type { Primitive } from '../ir/instruction.ts';
import type { State } from '../models/state.ts';
import type { AbstractObject } from './abstract-object.ts';
import type { Site, Taint } from './taint.ts';
import { mergeTaints } from './taint.ts';

/** A primitive that the program spells out, and where it does. */
export type Constant = { readonly value: Primitive; readonly site: Site };

/**
 * What a value may be, as far as the analysis knows. `open` says that it may also be something not listed:
 * a value that is not open is one of its constants and objects and nothing else.
 */
export type Value = {
  readonly open: boolean;
  readonly constants: readonly Constant[];
  readonly objects: readonly AbstractObject[];
  /** Places in the models: this is an Express request, that is `child_process.exec`. */
  readonly states: readonly State[];
  readonly taints: readonly Taint[];
  /** A member path of which nothing is known here; only `choose` looks at it. */
  readonly absent: boolean;
};

/** How many alternatives one value keeps; past them it is open. */
export type ValueBounds = { readonly constantsMax: number; readonly objectsMax: number; readonly taintsMax: number };

const none: readonly never[] = [];

export const nothing: Value = { open: false, constants: none, objects: none, states: none, taints: none, absent: false };
export const unknown: Value = { ...nothing, open: true };
export const absent: Value = { ...nothing, absent: true };

export function constantValue(value: Primitive, site: Site): Value {
  return { ...nothing, constants: [{ value, site }] };
}

export function objectValue(object: AbstractObject): Value {
  return { ...nothing, objects: [object] };
}

export function withTaints(value: Value, taints: readonly Taint[]): Value {
  return { ...value, taints };
}

/** The least value that covers both. Gives `a` itself when `b` adds nothing, so that a fixed point shows as sameness. */
export function join(a: Value, b: Value, bounds: ValueBounds): Value {
  if (isCovered(b, a)) return a;
  if (isCovered(a, b)) return b;
  const constants = mergeConstants(a.constants, b.constants, bounds.constantsMax);
  const objects = union(a.objects, b.objects, bounds.objectsMax);
  const states = union(a.states, b.states, bounds.objectsMax);
  const joined: Value = {
    open: a.open || b.open || isOver(constants) || isOver(objects) || isOver(states),
    absent: a.absent || b.absent,
    constants: constants ?? a.constants,
    objects: objects ?? a.objects,
    states: states ?? a.states,
    taints: mergeTaints(a.taints, b.taints, bounds.taintsMax),
  };
  return isSame(a, joined) ? a : joined;
}

/** The usual cases in which one value adds nothing to the other, found without looking into them. */
function isCovered(small: Value, large: Value): boolean {
  return small === large || small === nothing || (small === unknown && large.open);
}

/** More alternatives than are kept: it may be anything. */
function isOver(kept: unknown): boolean {
  return kept === undefined;
}

function isSame(a: Value, b: Value): boolean {
  return a.open === b.open && a.absent === b.absent && a.constants === b.constants && isSameReference(a, b);
}

function isSameReference(a: Value, b: Value): boolean {
  return a.objects === b.objects && a.states === b.states && a.taints === b.taints;
}

export function joinAll(values: readonly Value[], bounds: ValueBounds): Value {
  let all = nothing;
  for (const value of values) all = join(all, value, bounds);
  return all;
}

/** The only constant that a value can be, wrapped so that `undefined` can be told from none. */
export function onlyConstant(value: Value): Constant | undefined {
  return !value.open && value.objects.length === 0 && value.constants.length === 1 ? value.constants[0] : undefined;
}

/** The strings that a value is known to be able to be. */
export function stringsOf(value: Value): readonly string[] {
  const strings: string[] = [];
  for (const { value: primitive } of value.constants) if (typeof primitive === 'string') strings.push(primitive);
  return strings;
}

/** True when the program alone decides what the value is. */
export function isFixed(value: Value): boolean {
  return !value.open && value.objects.length === 0 && value.constants.length > 0;
}

/** `undefined` when the union is over the bound; `a` when `b` adds nothing. */
function union<T>(a: readonly T[], b: readonly T[], max: number): readonly T[] | undefined {
  if (b.length === 0 || a === b) return a;
  if (a.length === 0) return b;
  const added = b.filter((item) => !a.includes(item));
  if (added.length === 0) return a;
  return a.length + added.length > max ? undefined : [...a, ...added];
}

function mergeConstants(a: readonly Constant[], b: readonly Constant[], max: number): readonly Constant[] | undefined {
  if (b.length === 0 || a === b) return a;
  if (a.length === 0) return b;
  const added = b.filter((item) => !a.some((known) => known.value === item.value));
  if (added.length === 0) return a;
  return a.length + added.length > max ? undefined : [...a, ...added];
}
