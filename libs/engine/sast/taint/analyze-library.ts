import { AbstractObject, type Closure } from './abstract-object.ts';
import type { Unit } from './instance.ts';
import { build, invoke } from './invoke.ts';
import { annotatedValue, isHandler, offeredArgument } from './roots.ts';
import { settle } from './run-analysis.ts';
import type { Session } from './session.ts';
import { objectValue, unknown, type Value } from './value.ts';

const exportsDepthMax = 4; // members of exported objects and what factories give back
const functionsMax = 2_000; // exported functions of one package

type Walk = { readonly session: Session; readonly seen: Set<AbstractObject>; functions: number };
type Visit = { readonly value: Value; readonly receiver: Value; readonly depth: number };

/**
 * Calls everything that a package exports as its users would: each argument is data that the package does not control.
 * Functions that a framework calls keep the arguments that their shape gives them.
 */
export function analyzeLibrary(session: Session, entries: readonly Unit[]): void {
  const walk: Walk = { session, seen: new Set(), functions: 0 };
  for (const entry of entries) {
    const exported = [entry.moduleObject.fields.get('exports') ?? unknown, objectValue(entry.exports)];
    for (const value of exported) visit(walk, { value, receiver: unknown, depth: exportsDepthMax });
  }
}

function visit(walk: Walk, at: Visit): void {
  if (at.depth <= 0) return;
  for (const object of at.value.objects) {
    if (walk.seen.has(object)) continue;
    walk.seen.add(object);
    if (object.builtin?.does === 'accessor') {
      for (const getter of object.builtin.getter.objects)
        visit(walk, {
          value: invoke(undefined, walk.session, { target: getter, call: { args: [], receiver: at.receiver } }),
          receiver: unknown,
          depth: at.depth,
        });
      continue;
    }
    if (object.kind === 'class' || hasMethods(object)) visitClass(walk, object, at.depth);
    else if (object.kind === 'function') {
      const returned = call(walk, object, at.receiver);
      visit(walk, { value: returned, receiver: unknown, depth: at.depth - 1 });
    }
    visitMembers(walk, object, { receiver: objectValue(object), depth: at.depth });
    if (object.kind === 'plain') visitInherited(walk, object, { receiver: objectValue(object), depth: at.depth });
  }
}

function visitMembers(walk: Walk, object: AbstractObject, at: Omit<Visit, 'value'>): void {
  const { receiver } = at;
  const depth = at.depth - 1;
  for (const [name, value] of [...object.fields]) if (name !== 'prototype') visit(walk, { value, receiver, depth });
  visit(walk, { value: object.element, receiver, depth });
}

/** Makes an instance and calls each method on it, those that it inherits included. */
function visitClass(walk: Walk, target: AbstractObject, depth: number): void {
  const { session } = walk;
  const args = target.closure === undefined ? [] : argumentsOf(session, target.closure);
  const receiver = build(session, { object: new AbstractObject('plain'), target, args, activation: undefined });
  settle(session);
  for (const prototype of target.fields.get('prototype')?.objects ?? []) {
    visitMembers(walk, prototype, { receiver, depth });
    visitInherited(walk, prototype, { receiver, depth });
  }
}

/** Methods that lie in the prototypes of an object. */
function visitInherited(walk: Walk, object: AbstractObject, at: Omit<Visit, 'value'>): void {
  let prototypes = object.prototype.objects;
  for (let hops = 0; hops < exportsDepthMax && prototypes.length > 0; hops++) {
    for (const prototype of prototypes) visitMembers(walk, prototype, at);
    prototypes = prototypes.flatMap((prototype) => prototype.prototype.objects);
  }
}

/** A function whose prototype was given methods is a class of the older style. */
function hasMethods(object: AbstractObject): boolean {
  if (object.kind !== 'function') return false;
  return object.fields.get('prototype')?.objects.some((prototype) => prototype.fields.size > 0) === true;
}

function call(walk: Walk, target: AbstractObject, receiver: Value): Value {
  const { session } = walk;
  const { closure } = target;
  if (closure === undefined || isHandler(session, closure) || walk.functions >= functionsMax) return unknown;
  walk.functions++;
  const given = { args: argumentsOf(session, closure), receiver };
  invoke(undefined, session, { target, call: given });
  settle(session);
  return invoke(undefined, session, { target, call: given }); // as far as it is known now that all has settled
}

function argumentsOf(session: Session, closure: Closure): readonly Value[] {
  const { fn, unit } = closure;
  // A function that reads `arguments` says nothing of what it takes.
  const more = fn.code.some(({ op }) => op === 'arguments') ? [offeredArgument(session, closure, fn.parameters.length)] : [];
  const named = fn.parameters.map(
    (parameter, index) => annotatedValue(session, unit, parameter) ?? offeredArgument(session, closure, index),
  );
  return [...named, ...more];
}
