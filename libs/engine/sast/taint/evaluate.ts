import type { Instruction, ValueId } from '../ir/instruction.ts';
import type { State } from '../models/state.ts';
import type { AbstractObject } from './abstract-object.ts';
import { callValue, evaluateCall } from './evaluate-call.ts';
import { cleanedByChoice } from './cleaned-by-choice.ts';
import { concatenate } from './concatenate.ts';
import { evaluateClass } from './evaluate-class.ts';
import { evaluateGlobal } from './evaluate-global.ts';
import { evaluateImport } from './evaluate-import.ts';
import { caughtValue, raise } from './exceptions.ts';
import { declaredValue, typeValue } from './evaluate-type.ts';
import type { Instance } from './instance.ts';
import { yieldTo } from './invoke.ts';
import { copyMembers, elementOf, knownKey, loadMember, storeMember } from './members.ts';
import { refine } from './refine.ts';
import { restOf } from './rest-of.ts';
import { isFresh } from './is-fresh.ts';
import { isOwnKey } from './relation.ts';
import { sensitiveSource } from './sensitive-name.ts';
import { annotatedValue, specValue } from './roots.ts';
import { allocate, enumerated, isMemberOrigin, siteOf, sourceTaint, touch, valueOf, type Activation, type Session } from './session.ts';
import { cleaned } from './taint.ts';
import { absent, constantValue, join, joinAll, nothing, objectValue, onlyConstant, unknown, withTaints, type Value } from './value.ts';

/** Computes every value of one activation, again while a loop still changes something. */
export function evaluate(session: Session, instance: Instance): void {
  if (instance.unit.exhausted) {
    instance.dirty = false;
    return;
  }
  instance.running = true;
  instance.dirty = false;
  instance.evaluated = true;
  instance.evaluations++;
  session.depth++;
  const activation: Activation = { session, instance, at: 0 };
  evaluateOnce(activation);
  for (let round = 1; round < session.bounds.roundsMax && movesOn(activation); round++) evaluateOnce(activation);
  session.depth--;
  instance.running = false;
  againIfTouched(session, instance);
}

/** What it read may have changed while it ran. */
function againIfTouched(session: Session, instance: Instance): void {
  if (!instance.dirty) return;
  if (instance.evaluations < session.bounds.evaluationsMax) session.worklist.push(instance);
  else instance.dirty = false;
}

/** Whether a value at the head of a loop changes with what the last pass found after it. */
function movesOn({ session, instance }: Activation): boolean {
  return instance.fn.loopHeads.some((head) => {
    const phi = instance.fn.code[head];
    const before = valueOf(instance, head);
    return phi?.op === 'phi' && phi.inputs.some((input) => join(before, valueOf(instance, input), session.bounds) !== before);
  });
}

/** One pass over the code, unless the file has had its share. */
function evaluateOnce(activation: Activation): void {
  const { session, instance } = activation;
  const { code } = instance.fn;
  const { values, unit } = instance;
  unit.steps += code.length;
  if (unit.steps > session.bounds.stepsPerFileMax) {
    unit.exhausted = true;
    return;
  }
  for (let id = 0; id < code.length; id++) {
    const instruction = code[id];
    if (instruction === undefined) continue;
    activation.at = id;
    const evaluator = evaluators[instruction.op];
    const value = evaluator(activation, instruction, id);
    const before = values[id];
    values[id] = before === undefined || before === value ? value : join(before, value, session.bounds);
  }
}

type Evaluator<I extends Instruction> = { run(activation: Activation, instruction: I & Instruction, id: ValueId): Value }['run'];
type Evaluators = { readonly [K in Instruction['op']]: Evaluator<Extract<Instruction, { op: K }>> };
type AnyEvaluator = { run(activation: Activation, instruction: Instruction, id: ValueId): Value }['run'];

const typedEvaluators: Evaluators = {
  constant: ({ instance }, instruction, id) => instance.values[id] ?? constantValue(instruction.value, siteOf(instance, id)),
  regexp: ({ instance }, instruction, id) => {
    const object = allocate(instance, id, 'regexp');
    object.regexp ??= { pattern: instruction.pattern, flags: instruction.flags };
    return instance.values[id] ?? objectValue(object);
  },
  unknown: () => unknown,
  absent: () => absent,
  global: (activation, instruction) => evaluateGlobal(activation, instruction.name),
  import: evaluateImport,
  type: (activation, instruction) => typeValue(activation, instruction.name),
  declared: ({ session, instance }, instruction) =>
    declaredValue(session, instance.unit, { value: valueOf(instance, instruction.value), type: instruction.type }),
  parameter: ({ session, instance }, instruction, id) => {
    const { args } = instance;
    if (!instruction.rest)
      return parameterValue(session, instance, { id, index: instruction.index, value: args[instruction.index] ?? unknown });
    return restOf(session, instance, { id, from: instruction.index });
  },
  arguments: ({ session, instance }, _instruction, id) => {
    const all = allocate(instance, id, 'array');
    for (const [index, value] of instance.args.entries()) all.setField(String(index), value);
    // Where callers are not seen, further arguments are like the last one.
    const more = instance.args.length > instance.fn.parameters.length && instance.callers.size === 0 ? instance.args.at(-1) : undefined;
    all.element = join(all.element, more ?? unknown, session.bounds);
    return objectValue(all);
  },
  receiver: ({ instance }) => instance.receiver,
  outer: ({ instance }, instruction) => {
    const home = outward(instance, instruction.hops);
    return home === undefined ? unknown : (home.values[instruction.value] ?? unknown);
  },
  cell: (activation, instruction) => readCell(activation, instruction),
  assign: ({ session, instance }, instruction) => {
    const home = outward(instance, instruction.hops);
    const value = valueOf(instance, instruction.value);
    if (home === undefined) return value;
    const before = home.cells.get(instruction.variable) ?? nothing;
    const after = join(before, value, session.bounds);
    if (after === before) return value;
    home.setCell(instruction.variable, after);
    for (const reader of home.cellReaders) touch(session, reader);
    return value;
  },
  phi: ({ session, instance }, instruction) => {
    let value = nothing;
    for (const input of instruction.inputs) value = join(value, valueOf(instance, input), session.bounds);
    if (value.taints.length === 0) return value;
    const bits = cleanedByChoice(instance, instruction);
    return bits === 0 ? value : withTaints(value, cleaned(value.taints, bits));
  },
  refine,
  choose: ({ session, instance }, instruction) => {
    const preferred = valueOf(instance, instruction.preferred);
    return preferred.absent ? join({ ...preferred, absent: false }, valueOf(instance, instruction.otherwise), session.bounds) : preferred;
  },
  load: (activation, instruction) => {
    const { instance } = activation;
    const object = valueOf(instance, instruction.object);
    if ('computed' in instruction.key && isOwnKey(instance, instruction.object, instruction.key.computed))
      return elementOf(activation, object);
    return loadMember(activation, object, knownKey(activation, instruction.key));
  },
  store: evaluateStore,
  object: ({ instance }, _instruction, id) => instance.values[id] ?? objectValue(allocate(instance, id, 'plain')),
  array: evaluateArray,
  spread: (activation, instruction) => {
    const { instance } = activation;
    copyMembers(activation, valueOf(instance, instruction.target), {
      source: valueOf(instance, instruction.source),
      except: instruction.except,
    });
    return nothing;
  },
  function: evaluateFunction,
  class: evaluateClass,
  call: evaluateCall,
  binary: evaluateBinary,
  unary: evaluateUnary,
  concat: concatenate,
  await: (activation, instruction) => settled(activation, valueOf(activation.instance, instruction.value)),
  element: (activation, instruction) => elementOf(activation, valueOf(activation.instance, instruction.of)),
  keys: ({ session, instance }, instruction, id) => {
    const of = valueOf(instance, instruction.of);
    const site = siteOf(instance, id);
    let value: Value = enumerated(session, of, site);
    for (const object of of.objects) {
      if (object.kind === 'plain' && !object.mixed && object.element === nothing && !of.open) {
        value = join(
          value === unknown ? nothing : value,
          joinAll(
            [...object.fields.keys()].map((key) => constantValue(key, site)),
            session.bounds,
          ),
          session.bounds,
        );
      } else if (object.element.taints.length > 0) value = join(value, withTaints(unknown, object.element.taints), session.bounds);
    }
    return value;
  },
  return: ({ session, instance }, instruction) => {
    const value = valueOf(instance, instruction.value);
    const after = join(instance.returned, value, session.bounds);
    if (after !== instance.returned) {
      instance.returned = after;
      for (const caller of instance.callers) if (caller !== instance) touch(session, caller);
    }
    return value;
  },
  throw: (activation, instruction) => {
    raise(activation, valueOf(activation.instance, instruction.value));
    return nothing;
  },
  caught: caughtValue,
  yield: ({ session, instance }, instruction) => {
    yieldTo(session, instance, valueOf(instance, instruction.value));
    return unknown;
  },
};
const evaluators: Readonly<Record<Instruction['op'], AnyEvaluator>> = typedEvaluators;

/** What a promise settles to; anything else is itself. */
export function settled(activation: Activation, value: Value): Value {
  const { session, instance } = activation;
  if (!value.objects.some((object) => object.kind === 'promise')) return value;
  let result: Value = { ...value, objects: value.objects.filter((object) => object.kind !== 'promise') };
  for (const object of value.objects) {
    if (object.kind !== 'promise') continue;
    object.addReader(instance);
    result = join(result, object.element === nothing ? unknown : object.element, session.bounds);
  }
  return result;
}

type Given = { readonly id: ValueId; readonly index: number; readonly value: Value };

/** What a parameter is: what it is called with, and what its type and its name say beside that. */
function parameterValue(session: Session, instance: Instance, given: Given): Value {
  const { value } = given;
  const parameter = instance.fn.parameters[given.index];
  if (parameter === undefined || value.states.length > 0 || value.objects.length > 0) return value;
  const annotated = annotatedValue(session, instance.unit, parameter);
  if (annotated !== undefined) return { ...value, states: annotated.states, objects: annotated.objects };
  const secret = value.open ? sensitiveSource(session.models, parameter.name) : undefined;
  if (secret === undefined) return value;
  const taint = sourceTaint(session, secret, siteOf(instance, given.id));
  return join(value, { ...unknown, taints: [taint] }, session.bounds);
}

function outward(instance: Instance, hops: number): Instance | undefined {
  let at: Instance | undefined = instance;
  for (let hop = 0; hop < hops && at !== undefined; hop++) at = at.environment;
  return at;
}

function readCell({ session, instance }: Activation, cell: { readonly hops: number; readonly variable: number }): Value {
  const home = outward(instance, cell.hops);
  if (home === undefined) return unknown;
  home.addCellReader(instance);
  let value = home.cells.get(cell.variable) ?? nothing;
  const variable = home.fn.variables[cell.variable];
  for (const write of variable?.writes ?? []) value = join(value, valueOf(home, write), session.bounds);
  const annotated = variable === undefined ? undefined : annotatedValue(session, home.unit, variable);
  if (annotated !== undefined) value = join(value, annotated, session.bounds);
  return value === nothing ? unknown : value;
}

function evaluateStore(activation: Activation, instruction: Extract<Instruction, { op: 'store' }>, id: ValueId): Value {
  const { session, instance } = activation;
  const object = valueOf(instance, instruction.object);
  const value = valueOf(instance, instruction.value);
  const key = knownKey(activation, instruction.key);
  storeMember(activation, object, { key, value: instruction.isGetter === true ? objectValue(accessor(instance, id, value)) : value });
  settleHome(object, key.names, value);
  if (object.states.some(({ name }) => name === 'jquery.Plugins')) offer(value);
  const holders = session.models.anyObject === undefined ? object.states : [...object.states, session.models.anyObject];
  const states = holders
    .flatMap((state) => key.names?.flatMap((name) => state.member(name) ?? []) ?? [])
    .filter((state) => state.sinks.length > 0 || state.entries.length > 0);
  if (states.length > 0) recordEvent(session, instance, { id, states });
  for (const entry of states.flatMap(({ entries }) => entries)) {
    if (entry.argument !== 'assigned') continue;
    const args = entry.parameters.map((parameter) => specValue(session, parameter, siteOf(instance, id)));
    callValue(activation, value, { args, site: siteOf(instance, id) });
  }
  if (
    object.taints.some((taint) => isMemberOrigin(taint.source.origin)) &&
    key.names === undefined &&
    !isFresh(instance, instruction.value)
  ) {
    const { prototypeStore } = session.models;
    if (prototypeStore !== undefined) recordEvent(session, instance, { id, states: [prototypeStore] });
  }
  return value;
}

/** Users of the page call it with options of theirs. */
function offer(value: Value): void {
  for (const { closure } of value.objects) if (closure !== undefined) closure.offered = true;
}

/** Stands for a member that is computed whenever it is read. */
export function accessor(instance: Instance, id: ValueId, getter: Value): AbstractObject {
  const made = allocate(instance, id, 'function');
  made.builtin = { does: 'accessor', getter };
  return made;
}

/** Remembers where a method lies, so that it can be called on what it belongs to; and whose prototype an object is. */
function settleHome(object: Value, names: readonly string[] | undefined, value: Value): void {
  const isPrototype = names?.includes('prototype') === true;
  for (const owner of object.objects) {
    for (const item of value.objects) {
      if (isPrototype && owner.kind === 'function' && item.kind === 'plain') item.home ??= owner;
      else if (item.kind === 'function') item.home = homeOf(owner) ?? item.home;
    }
  }
}

/** An object that methods belong to: the prototype of a class, or a plain object that they are called on. */
function homeOf(owner: AbstractObject): AbstractObject | undefined {
  const isPrototype = owner.home?.kind === 'class' || owner.home?.kind === 'function';
  return isPrototype || owner.kind === 'plain' ? owner : undefined;
}

/** Remembers that an instruction touches the models, to be judged at the end. */
export function recordEvent(
  session: Session,
  instance: Instance,
  event: { readonly id: ValueId; readonly states: readonly State[]; readonly guessed?: boolean },
): void {
  let events = session.events.get(instance);
  if (events === undefined) {
    events = new Map();
    session.events.set(instance, events);
  }
  const known = events.get(event.id);
  const states = known === undefined ? event.states : [...new Set([...known.states, ...event.states])];
  events.set(event.id, { states, guessed: (known?.guessed ?? true) && (event.guessed ?? false) });
}

function evaluateArray(activation: Activation, instruction: Extract<Instruction, { op: 'array' }>, id: ValueId): Value {
  const { session, instance } = activation;
  const array = allocate(instance, id, instruction.isTuple === true ? 'tuple' : 'array');
  let spreadSeen = false;
  for (const [index, element] of instruction.elements.entries()) {
    const value = valueOf(instance, element.value);
    if (element.spread) {
      spreadSeen = true;
      array.element = join(array.element, elementOf(activation, value), session.bounds);
    } else if (spreadSeen) array.element = join(array.element, value, session.bounds);
    else array.setField(String(index), join(array.fields.get(String(index)) ?? nothing, value, session.bounds));
  }
  return instance.values[id] ?? objectValue(array);
}

function evaluateFunction({ instance }: Activation, instruction: Extract<Instruction, { op: 'function' }>, id: ValueId): Value {
  const fn = instance.unit.module.functions[instruction.id];
  if (fn === undefined) return unknown;
  const known = instance.objects.get(id);
  if (known !== undefined) return instance.values[id] ?? objectValue(known);
  const object = allocate(instance, id, 'function');
  object.closure = { fn, unit: instance.unit, environment: instance, instances: [], constructs: undefined, called: false, offered: false };
  instance.unit.functions.push(object);
  return objectValue(object);
}

/** `!` of what is known is known. */
function evaluateUnary({ instance }: Activation, instruction: Extract<Instruction, { op: 'unary' }>, id: ValueId): Value {
  const operand = valueOf(instance, instruction.operand);
  if (instruction.operator === 'await') return operand;
  const only = instruction.operator === '!' ? onlyConstant(operand) : undefined;
  return only === undefined ? unknown : constantValue(!Boolean(only.value), siteOf(instance, id));
}

const equalities: ReadonlySet<string> = new Set(['===', '!==', '==', '!=']);

function evaluateBinary({ session, instance }: Activation, instruction: Extract<Instruction, { op: 'binary' }>, id: ValueId): Value {
  const left = valueOf(instance, instruction.left);
  const right = valueOf(instance, instruction.right);
  if (left.taints.length === 0 && right.taints.length === 0) return unknown;
  if (equalities.has(instruction.operator)) {
    if (left.taints.length > 0 && right.taints.length > 0)
      session.comparisons.set(`${instance.unit.module.path} ${String(instance.fn.spans[id * 2])}`, { instance, id });
    return unknown;
  }
  // A number cannot attack, but one that was drawn badly stays guessable.
  const drawn = [...left.taints, ...right.taints].filter((taint) => taint.source.origin === 'weak-random');
  return drawn.length === 0 || !arithmetic.has(instruction.operator) ? unknown : { ...unknown, taints: drawn };
}

const arithmetic: ReadonlySet<string> = new Set(['-', '*', '/', '%', '**', '|', '&', '^', '<<', '>>', '>>>']);
