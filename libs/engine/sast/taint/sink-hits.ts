import type { Confidence } from '@lib/contract';
import type { Instruction, ValueId } from '../ir/instruction.ts';
import { inRange, isEvery } from '../models/compile-models.ts';
import type { Condition, SinkSpec, State } from '../models/state.ts';
import { spreadValues } from './evaluate-call.ts';
import type { Instance } from './instance.ts';
import { deepTaints, descend, elementOf, spreadTaints } from './members.ts';
import { siteOf, valueOf, type Activation, type ModelEvent, type Session } from './session.ts';
import { mergeTaints, type Site, type Taint } from './taint.ts';
import { textTaints } from './text-taints.ts';
import { joinAll, unknown, type Value } from './value.ts';

/** A place where the models hand a value over to something that may be harmed by it. */
export type SinkHit = {
  readonly kind: string;
  readonly label: string;
  readonly value: Value;
  readonly taints: readonly Taint[];
  readonly instance: Instance;
  readonly id: ValueId;
  readonly site: Site;
  readonly guessed: boolean;
  readonly confidence: Confidence | undefined;
  /** The value becomes a part of a longer text. */
  readonly isJoined: boolean;
  /** Arguments of the call, for rules that look at several. */
  readonly args: readonly Value[];
};

const deepMembers = 4; // members down that `**` looks

/** Every hit, in the order of the program. Conditions are judged on final values, so an option that was set late still counts. */
export function sinkHits(session: Session): readonly SinkHit[] {
  const hits: SinkHit[] = [];
  for (const [instance, events] of session.events) {
    for (const [id, event] of events) hits.push(...eventHits({ session, instance, at: id }, id, event));
  }
  return hits;
}

function eventHits(activation: Activation, id: ValueId, event: ModelEvent): readonly SinkHit[] {
  const instruction = activation.instance.fn.code[id];
  if (instruction === undefined) return [];
  return event.states.flatMap((state) => state.sinks.flatMap((sink) => sinkHit(activation, { id, instruction, event, state, sink })));
}

type Judged = {
  readonly id: ValueId;
  readonly instruction: Instruction;
  readonly event: ModelEvent;
  readonly state: State;
  readonly sink: SinkSpec;
};

function sinkHit(activation: Activation, judged: Judged): readonly SinkHit[] {
  const { session, instance } = activation;
  const { instruction, sink, state } = judged;
  const site = siteOf(instance, judged.id);
  const args = instruction.op === 'call' ? givenTo(activation, instruction, state) : [];
  if (instruction.op === 'call' && sink.form !== undefined && (instruction.form === 'template') !== (sink.form === 'template')) return [];
  const isMeant = sink.when.every((condition) =>
    holds(activation, condition, argumentAt(activation, judged, { args, at: condition.argument })),
  );
  if (!isMeant) return [];
  const handed = handedOver(activation, judged, args);
  if (handed === undefined) return [];
  const values = handed.map((value) => descend(activation, value, sink.members));
  const value = values.length === 1 ? (values[0] ?? unknown) : joinAll(values, session.bounds);
  const taints = taintsAt(activation, judged, value);
  const hit: SinkHit = {
    kind: sink.kind,
    label: sink.label === '' ? state.name : sink.label,
    value,
    taints,
    instance,
    id: judged.id,
    site,
    guessed: judged.event.guessed,
    confidence: sink.confidence,
    isJoined: sink.isJoined,
    args,
  };
  return [hit];
}

/** The data in a value that is handed over, and what an object is as a text. */
function taintsAt(activation: Activation, { id, sink }: Judged, value: Value): readonly Taint[] {
  const { session, instance } = activation;
  const carried = sink.members.includes('$spread')
    ? spreadTaints(activation, value)
    : deepTaints(activation, value, sink.members.includes('**') ? deepMembers : 0);
  // What chooses elements takes an object as it is.
  if (sink.kind === 'dom-html:select') return carried;
  return mergeTaints(carried, textTaints(session, value, siteOf(instance, id)), session.bounds.taintsMax);
}

/** The arguments as the callee gets them: those of `f.call(object, ...)` and `f.apply(object, list)` are those of `f`. */
function givenTo(activation: Activation, instruction: Extract<Instruction, { op: 'call' }>, state: State): readonly Value[] {
  const { instance } = activation;
  const args = instruction.arguments.map((argument) =>
    argument.spread ? elementOf(activation, valueOf(instance, argument.value)) : valueOf(instance, argument.value),
  );
  const name = instruction.spelling.at(-1);
  if ((name !== 'call' && name !== 'apply') || valueOf(instance, instruction.callee).states.includes(state)) return args;
  return name === 'call' ? args.slice(1) : spreadValues(activation, args[1] ?? unknown);
}

/** The values that reach the sink; an option object that is not given at all counts as nothing given. */
function handedOver(activation: Activation, judged: Judged, args: readonly Value[]): readonly Value[] | undefined {
  const { instance, session } = activation;
  const { instruction, sink, state } = judged;
  if (sink.argument === 'assigned') {
    if (instruction.op !== 'store') return undefined;
    return [valueOf(instance, state === session.models.prototypeStore ? instruction.object : instruction.value)];
  }
  if (instruction.op !== 'call') return undefined;
  if (sink.argument === 'receiver') return instruction.receiver === undefined ? undefined : [valueOf(instance, instruction.receiver)];
  const range = sink.argument;
  if ('named' in range) {
    const value = argumentAt(activation, judged, { args, at: range.named });
    return value === undefined ? undefined : [value];
  }
  const named = isEvery(range) ? (instruction.named ?? []).map(({ value }) => valueOf(instance, value)) : [];
  const given = [...args.filter((_, index) => inRange(range, index)), ...named];
  return given.length === 0 ? [{ ...unknown, open: false }] : given;
}

/** An argument by its place or its name. */
function argumentAt(
  { instance }: Activation,
  { instruction }: Judged,
  { args, at }: { readonly args: readonly Value[]; readonly at: number | string },
): Value | undefined {
  if (typeof at === 'number') return args[at];
  const named = instruction.op === 'call' ? instruction.named?.find(({ name }) => name === at) : undefined;
  return named === undefined ? undefined : valueOf(instance, named.value);
}

function holds(activation: Activation, condition: Condition, argument: Value | undefined): boolean {
  if (condition.absent) return argument === undefined;
  if (argument === undefined) return false;
  if (condition.present) return true;
  const value = descend(activation, argument, condition.members);
  if (condition.type !== undefined) return value.states.some((state) => state.name === condition.type);
  if (condition.truthy) return value.constants.some((constant) => Boolean(constant.value));
  const { matches } = condition;
  return matches === undefined || value.constants.some((constant) => matches.test(String(constant.value)));
}
