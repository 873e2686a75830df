import type { ValueId } from '../ir/instruction.ts';
import { AbstractObject, type Closure } from './abstract-object.ts';
import { evaluate } from './evaluate.ts';
import { raise } from './exceptions.ts';
import { Instance, type CallValues } from './instance.ts';
import { allocate, writeField, type Activation, type Session } from './session.ts';
import { prototypeOf } from './members.ts';
import { defaultArguments } from './roots.ts';
import { stepped, type Site } from './taint.ts';
import { join, nothing, objectValue, unknown, type Value } from './value.ts';

/** Calls a function of the program with these values and gives what it returns as far as that is known yet. */
export function invoke(
  activation: Activation | undefined,
  session: Session,
  called: { readonly target: AbstractObject; readonly call: CallValues },
): Value {
  const closure = closureFor(called.target, called.call.args.length);
  if (closure === undefined) return unknown;
  closure.called = true;
  const instance = instanceFor(session, closure, called.call);
  if (activation !== undefined) instance.addCaller(activation.instance);
  if (instance.dirty && !instance.running) {
    if (session.depth < session.bounds.callDepthMax) evaluate(session, instance);
    else if (!session.worklist.includes(instance)) session.worklist.push(instance);
  }
  if (activation !== undefined && instance.thrown !== nothing) raise(activation, instance.thrown);
  if (instance.yielded !== undefined) return objectValue(instance.yielded);
  return instance.returned === nothing ? unknown : instance.returned;
}

/** The function that makes an instance ready, where a class keeps one as a member. */
export function makerOf(target: AbstractObject): AbstractObject | undefined {
  return target.closure === undefined ? target.fields.get(makerKey)?.objects[0] : target;
}

const makerKey = '$init'; // what the front end calls it

/** The constructor that takes so many arguments. */
function closureFor({ closure, overloads }: AbstractObject, count: number): Closure | undefined {
  if (overloads.length === 0 || closure === undefined) return closure;
  return [closure, ...overloads].find(({ fn }) => fn.parameters.length === count) ?? closure;
}

/** Notes on the taints of arguments that they go into a function, so that the trace can be read. */
export function intoFunction(values: readonly Value[], target: AbstractObject, site: Site): readonly Value[] {
  if (!isTainted(values)) return values;
  const name = target.closure?.fn.name ?? '';
  const note = name === '' ? 'passed to a function' : `passed to \`${name.slice(0, 80)}\``;
  return values.map((value) =>
    value.taints.length === 0 ? value : { ...value, taints: value.taints.map((taint) => stepped(taint, site, note)) },
  );
}

/** Makes an instance of a class of the program. */
export function construct(
  activation: Activation,
  made: { readonly id: ValueId; readonly target: AbstractObject; readonly args: readonly Value[] },
): Value {
  const { session, instance } = activation;
  const object = allocate(instance, made.id, 'plain');
  return build(session, { object, target: made.target, args: made.args, activation });
}

/** Makes an instance by a function of the older style; an object that it gives back instead counts as well. */
export function constructByFunction(
  activation: Activation,
  made: { readonly id: ValueId; readonly target: AbstractObject; readonly args: readonly Value[] },
): Value {
  const { session, instance } = activation;
  const object = allocate(instance, made.id, 'plain');
  object.prototype = join(object.prototype, prototypeOf(made.target) ?? nothing, session.bounds);
  const value = objectValue(object);
  const returned = invoke(activation, session, { target: made.target, call: { args: made.args, receiver: value } });
  return join(value, { ...nothing, objects: returned.objects }, session.bounds);
}

const parentHopsMax = 4; // classes that extend classes; a circle of them would not end

/** Runs the constructor of a class, and those it extends, on an object. */
export function build(
  session: Session,
  made: {
    readonly object: AbstractObject;
    readonly target: AbstractObject;
    readonly args: readonly Value[];
    readonly activation: Activation | undefined;
    readonly hops?: number;
  },
): Value {
  const { object, target, args, activation, hops = 0 } = made;
  object.prototype = prototypeOf(target) ?? nothing;
  const value: Value = {
    ...objectValue(object),
    states: target.parent.states.flatMap((state) => (state.result === undefined ? [] : [state.result])),
  };
  const maker = makerOf(target);
  if (maker !== undefined) invoke(activation, session, { target: maker, call: { args, receiver: value } });
  else if (hops < parentHopsMax) {
    for (const parent of target.parent.objects) build(session, { object, target: parent, args, activation, hops: hops + 1 });
  }
  object.prototype = prototypeOf(target) ?? nothing;
  return value;
}

/** What `this` is in a method that nobody is seen to call: an instance made with arguments of which only the types are known. */
export function sampleOf(session: Session, target: AbstractObject): Value {
  if (target.sample === undefined) {
    target.sample = new AbstractObject('plain');
    const closure = makerOf(target)?.closure;
    const args = closure === undefined ? [] : defaultArguments(session, closure);
    return build(session, { object: target.sample, target, args, activation: undefined });
  }
  return objectValue(target.sample);
}

/** Binds the element that callers of a generator receive. */
export function yieldTo(session: Session, instance: Instance, value: Value): void {
  instance.yielded ??= new AbstractObject('array');
  writeField(session, instance.yielded, { key: undefined, value });
}

/** The activation for these arguments: one that already covers them, a new one, or, when there are many, one that is widened. */
function instanceFor(session: Session, closure: Closure, call: CallValues): Instance {
  for (const known of closure.instances) if (covers(session, known, call)) return known;
  // Calls without data from outside are kept apart from those with it, so that they do not get it from each other.
  const carries = carriesData(call);
  const alike = closure.instances.filter((known) => carriesData(known) === carries);
  const widened = alike.at(-1);
  if (widened === undefined || alike.length < (carries ? session.bounds.contextsMax : session.bounds.plainContextsMax)) {
    const made = new Instance({ fn: closure.fn, unit: closure.unit, environment: closure.environment }, closure, call);
    closure.instances.push(made);
    session.instances.push(made);
    return made;
  }
  widened.args = joinedArguments(session, widened, call);
  widened.receiver = join(widened.receiver, call.receiver, session.bounds);
  if (widened.evaluations < session.bounds.evaluationsMax) widened.dirty = true;
  return widened;
}

function carriesData({ args, receiver }: CallValues): boolean {
  return isTainted(args) || receiver.taints.length > 0;
}

function isTainted(values: readonly Value[]): boolean {
  return values.some((value) => value.taints.length > 0);
}

function covers(session: Session, known: Instance, call: CallValues): boolean {
  if (join(known.receiver, call.receiver, session.bounds) !== known.receiver) return false;
  if (call.args.length > known.args.length) return false;
  return known.args.every((value, index) => join(value, call.args[index] ?? nothing, session.bounds) === value);
}

function joinedArguments(session: Session, known: Instance, call: CallValues): readonly Value[] {
  const length = Math.max(known.args.length, call.args.length);
  return Array.from({ length }, (_, index) => join(known.args[index] ?? nothing, call.args[index] ?? nothing, session.bounds));
}
