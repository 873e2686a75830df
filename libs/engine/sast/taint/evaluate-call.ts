import type { Instruction, ValueId } from '../ir/instruction.ts';
import type { ArgumentRange, EntrySpec, FlowSpec, ParameterSpec, SourceSpec, State } from '../models/state.ts';
import { inRange, isEvery } from '../models/compile-models.ts';
import type { AbstractObject } from './abstract-object.ts';
import { recordEvent } from './evaluate.ts';
import { raise } from './exceptions.ts';
import { foldPath } from './fold-path.ts';
import { importModule } from './evaluate-import.ts';
import { build, construct, constructByFunction, intoFunction, invoke, makerOf } from './invoke.ts';
import { callGlobal } from './call-global.ts';
import { markupBits } from './cleaning-pattern.ts';
import { requiredBy } from './required-by.ts';
import { textTaints } from './text-taints.ts';
import { writesEntities } from './writes-entities.ts';
import { callGo } from './call-go.ts';
import { callJava } from './call-java.ts';
import { callPython } from './call-python.ts';
import { callMethod } from './call-method.ts';
import { deepTaints, descend, elementOf } from './members.ts';
import { formatBits } from './concatenate.ts';
import { isHandler, specValue } from './roots.ts';
import { sensitiveSource } from './sensitive-name.ts';
import { siteOf, sourceTaint, valueOf, writeField, type Activation } from './session.ts';
import { cleaned, mergeTaints, stepped, type Site, type Taint } from './taint.ts';
import { join, nothing, objectValue, onlyConstant, unknown, type Value } from './value.ts';

type CallInstruction = Extract<Instruction, { op: 'call' }>;

/** A call with everything evaluated that it is made of. */
export type Call = {
  readonly instruction: CallInstruction;
  readonly id: ValueId;
  readonly callee: Value;
  readonly receiver: Value;
  readonly args: readonly Value[];
  /** Values given by the name of their parameter. */
  readonly named: readonly (readonly [string, Value])[];
  readonly site: Site;
};

const none: readonly never[] = [];
const spreadArguments = 4; // how many arguments a spread array is taken to fill
const flowDepth = 3; // members down that a value is searched for taints when a library takes it whole

/** Calls whatever the callee may be, and gives what may come back. */
export function evaluateCall(activation: Activation, instruction: CallInstruction, id: ValueId): Value {
  const { session } = activation;
  const call = callOf(activation, instruction, id);
  const path = foldPath(call);
  if (path !== undefined) return path;
  let result = nothing;
  for (const object of applicable(call.callee.objects, call.args.length))
    result = join(result, callObject(activation, call, object), session.bounds);
  const { states, guessed } = statesOf(activation, call);
  if (states.length > 0) result = join(result, callModels(activation, call, { states, guessed }), session.bounds);
  const handled = states.some((state) => state.flows.length > 0) || call.callee.objects.length > 0;
  if (!handled) result = join(result, callUnknown(activation, call), session.bounds);
  if (instruction.spelling.at(-1) === 'require' && instruction.spelling.length === 1) {
    for (const specifier of requiredBy(activation, instruction))
      result = join(result === unknown ? nothing : result, importModule(activation, specifier), session.bounds);
  }
  return result === nothing || result === unknown ? secretOf(activation, call) : result;
}

const gives = /^(?:get|read|fetch|load|retrieve|prompt|ask|generate|decrypt)/u;

/** `getPassword()`: what it gives is not seen, but its name says what it is. */
function secretOf({ session }: Activation, call: Call): Value {
  const name = call.instruction.spelling.at(-1) ?? '';
  const secret = gives.test(name) && call.callee.objects.length === 0 ? sensitiveSource(session.models, name) : undefined;
  return secret === undefined ? unknown : { ...unknown, taints: [sourceTaint(session, secret, call.site)] };
}

function callOf(activation: Activation, instruction: CallInstruction, id: ValueId): Call {
  const { instance } = activation;
  return {
    instruction,
    id,
    callee: valueOf(instance, instruction.callee),
    receiver: instruction.receiver === undefined ? unknown : valueOf(instance, instruction.receiver),
    args: argumentValues(activation, instruction),
    named: instruction.named?.map(({ name, value }) => [name, valueOf(instance, value)] as const) ?? none,
    site: siteOf(instance, id),
  };
}

/** Where a name has several functions, those with as many parameters as there are arguments; languages without overloads have one. */
function applicable(targets: readonly AbstractObject[], count: number): readonly AbstractObject[] {
  if (targets.length < 2) return targets;
  const fitting = targets.filter(({ closure }) => closure?.unit.module.language !== 'java' || closure.fn.parameters.length === count);
  return fitting.length === 0 ? targets : fitting;
}

/** Runs a function value that something else calls: a callback. */
export function callValue(
  activation: Activation,
  callee: Value,
  given: { readonly args: readonly Value[]; readonly receiver?: Value; readonly site: Site },
): Value {
  const { session } = activation;
  let result = nothing;
  for (const target of callee.objects) {
    if (target.builtin !== undefined) result = join(result, callBuiltin(activation, target, given.args), session.bounds);
    if (target.kind !== 'function') continue;
    const call = { args: intoFunction(given.args, target, given.site), receiver: given.receiver ?? unknown };
    result = join(result, invoke(activation, session, { target, call }), session.bounds);
  }
  return result === nothing ? unknown : result;
}

function argumentValues(activation: Activation, instruction: CallInstruction): readonly Value[] {
  const values: Value[] = [];
  for (const argument of instruction.arguments) {
    const value = valueOf(activation.instance, argument.value);
    if (argument.spread) values.push(...spreadValues(activation, value));
    else values.push(value);
  }
  return values;
}

/** The arguments that a spread list gives: its members where they are known one by one, and any further one for each place after. */
export function spreadValues(activation: Activation, value: Value): readonly Value[] {
  const [only] = value.objects;
  const isList = only !== undefined && value.objects.length === 1 && only.kind === 'array' && value.taints.length === 0;
  const placed = isList
    ? [...only.fields].filter(([key]) => /^\d$/u.test(key)).map(([, member]) => join(member, only.element, activation.session.bounds))
    : [];
  if (isList && only.element === nothing && !value.open) return placed;
  const element = isList && !value.open ? only.element : elementOf(activation, value);
  return [...placed, ...Array.from({ length: Math.max(0, spreadArguments - placed.length) }, () => element)];
}

function callObject(activation: Activation, call: Call, target: AbstractObject): Value {
  const { session } = activation;
  if (target.builtin !== undefined) return callBuiltin(activation, target, call.args);
  const args = intoFunction(givenTo(activation, call, target), target, call.site);
  if (target.kind === 'class') return construct(activation, { id: call.id, target, args });
  if (target.kind !== 'function') return unknown;
  if (call.instruction.form === 'new') return constructByFunction(activation, { id: call.id, target, args });
  const returned = invoke(activation, session, { target, call: { args, receiver: call.receiver } });
  if (returned.taints.length === 0) return returned;
  const fn = target.closure?.fn;
  const name = fn?.name ?? '';
  const taints = fn !== undefined && writesEntities(fn) ? cleaned(returned.taints, markupBits(session.models)) : returned.taints;
  if (name === '') return { ...returned, taints };
  return { ...returned, taints: taints.map((taint) => stepped(taint, call.site, `returned by \`${name.slice(0, 80)}\``)) };
}

/** The arguments in the order of the parameters, those that are given by name at their places. */
function givenTo(activation: Activation, call: Call, target: AbstractObject): readonly Value[] {
  const fn = (target.kind === 'class' ? makerOf(target) : target)?.closure?.fn;
  if (call.named.length === 0 || fn === undefined) return call.args;
  const args = [...call.args];
  for (const [index, parameter] of fn.parameters.entries()) {
    const given = call.named.find(([name]) => name === parameter.name) ?? call.named.find(([name]) => name === '**');
    if (index < call.args.length || given === undefined) args[index] ??= unknown;
    else args[index] = given[0] === '**' ? elementOf(activation, given[1]) : given[1];
  }
  return args;
}

function callBuiltin(activation: Activation, target: AbstractObject, args: readonly Value[]): Value {
  const { session } = activation;
  const { builtin } = target;
  if (builtin?.does === 'settle') {
    writeField(session, builtin.promise, { key: undefined, value: args[0] ?? unknown });
    return unknown;
  }
  if (builtin?.does !== 'bound') return unknown;
  let result = nothing;
  for (const bound of builtin.target.objects) {
    const call = { args: [...builtin.arguments, ...args], receiver: builtin.receiver };
    result = join(result, invoke(activation, session, { target: bound, call }), session.bounds);
  }
  return result === nothing ? unknown : result;
}

/** The places in the models that the callee is; by the name of its object when nothing else is known. */
function statesOf(activation: Activation, call: Call): { readonly states: readonly State[]; readonly guessed: boolean } {
  if (call.callee.states.length > 0) return { states: call.callee.states, guessed: false };
  const { spelling } = call.instruction;
  if (call.callee.objects.length > 0 || call.receiver.states.some((state) => state.isType)) return { states: [], guessed: false };
  const holder = spelling.at(-2);
  const name = spelling.at(-1);
  if (holder === undefined || name === undefined || call.receiver.taints.some((taint) => taint.source.origin === 'request'))
    return { states: [], guessed: false };
  const state =
    activation.session.models.guesses.get(guessedName(activation, holder))?.member(name) ?? guessByCase(activation, holder, name);
  return state === undefined ? { states: [], guessed: false } : { states: [state], guessed: true };
}

/** What a name is looked up by: guesses of one language say nothing of another. */
function guessedName({ instance }: Activation, holder: string): string {
  const { language } = instance.unit.module;
  return language === 'javascript' ? plainName(holder) : `${language}:${plainName(holder)}`;
}

/** `User.findOne`: a capitalised name with the methods of a database model is taken for one. */
function guessByCase(activation: Activation, holder: string, name: string): State | undefined {
  if (!/^[A-Z][a-zA-Z0-9]+$/u.test(holder) || activation.instance.unit.module.language !== 'javascript') return undefined;
  return activation.session.models.guesses.get('<capitalised>')?.members.get(name);
}

function plainName(name: string): string {
  return name.replace(/^[_#$]+/u, '').toLowerCase();
}

/** What the models say that a call gives back; what it hands over is noted. */
export function callModels(
  activation: Activation,
  call: Call,
  known: { readonly states: readonly State[]; readonly guessed: boolean },
): Value {
  const { session, instance } = activation;
  let result = nothing;
  const withSinks = known.states.filter((state) => state.sinks.length > 0);
  if (withSinks.length > 0) recordEvent(session, instance, { id: call.id, states: withSinks, guessed: known.guessed });
  for (const state of known.states) {
    if (state.result !== undefined) {
      const own = state.result.source === undefined ? [] : [sourceTaint(session, state.result.source, call.site)];
      result = join(result, { ...unknown, states: [state.result], taints: own }, session.bounds);
    }
    if (state.resultSource !== undefined && call.args.length <= (state.resultSource.argumentsMax ?? call.args.length))
      result = join(result, { ...unknown, taints: namedTaints(activation, call, state.resultSource) }, session.bounds);
    for (const flow of state.flows) result = join(result, followFlow(activation, call, { flow, through: state.name }), session.bounds);
    for (const entry of state.entries) result = join(result, runEntry(activation, call, { entry, guessed: known.guessed }), session.bounds);
  }
  return result;
}

/** `getParameter('password')`: what is asked for by such a name is a secret as well. */
function namedTaints({ session }: Activation, call: Call, spec: SourceSpec): readonly Taint[] {
  const taint = sourceTaint(session, spec, call.site);
  const name = onlyConstant(call.args[0] ?? unknown)?.value;
  const secret = typeof name === 'string' ? sensitiveSource(session.models, name) : undefined;
  return secret === undefined ? [taint] : [taint, sourceTaint(session, secret, call.site)];
}

type Following = { readonly flow: FlowSpec; readonly through: string };

function followFlow(activation: Activation, call: Call, { flow, through }: Following): Value {
  const { session } = activation;
  if (flow.drops) return unknown;
  if (flow.gives !== undefined) return call.args[flow.gives] ?? unknown;
  const note = noteOf(flow, through);
  // What makes parts of a text takes the text around them first.
  const around = (flow.clean & session.models.partialBit) === 0 ? 0 : formatBits(activation, call.args[0] ?? unknown);
  const passed = cleaned(takenBy(activation, call, flow), flow.clean | around).map((taint) => stepped(taint, call.site, note));
  const carried: Value = passed.length === 0 ? unknown : { ...unknown, taints: passed };
  if (flow.to === 'result') return carried;
  const target = flow.to === 'receiver' ? call.receiver : (call.args[flow.to] ?? unknown);
  for (const object of target.objects) writeField(session, object, { key: undefined, value: carried });
  return target;
}

function noteOf({ note }: FlowSpec, through: string): string {
  return note ?? `passed through \`${through}\``;
}

/** What a flow takes in: data of the arguments, and what the call itself brings. */
function takenBy(activation: Activation, call: Call, { source, from }: FlowSpec): readonly Taint[] {
  const { session } = activation;
  let taints: readonly Taint[] = source === undefined ? [] : [sourceTaint(session, source, call.site)];
  for (const range of from) {
    const values = range === 'receiver' ? [call.receiver] : givenIn(call, range);
    for (const value of values) {
      taints = mergeTaints(taints, deepTaints(activation, value, flowDepth), session.bounds.taintsMax);
      taints = mergeTaints(taints, textTaints(session, value, call.site), session.bounds.taintsMax);
    }
  }
  return taints;
}

function givenIn(call: Call, range: ArgumentRange): readonly Value[] {
  const placed = call.args.filter((_, index) => inRange(range, index));
  return isEvery(range) ? [...placed, ...call.named.map(([, value]) => value)] : placed;
}

function runEntry(activation: Activation, call: Call, known: { readonly entry: EntrySpec; readonly guessed: boolean }): Value {
  const { session } = activation;
  const { entry } = known;
  let result = nothing;
  for (const [index, argument] of call.args.entries()) {
    if (!inRange(entry.argument, index)) continue;
    const callback = descend(activation, argument, entry.members);
    const args = entry.parameters.map((parameter) => entryValue(activation, call, parameter));
    for (const listed of callback.objects.filter((object) => object.kind === 'array'))
      callValue(activation, elementOf(activation, objectValue(listed)), { args, site: call.site });
    if (!callback.objects.some((object) => object.kind === 'function')) continue;
    // A handler whose own parameters say what it takes is believed over a guess at who calls it.
    if (
      (known.guessed || callback.objects.some(isFailureHandler)) &&
      callback.objects.some((object) => object.closure !== undefined && isHandler(session, object.closure))
    )
      continue;
    result = join(result, callValue(activation, callback, { args, site: call.site }), session.bounds);
  }
  return result === unknown ? nothing : result;
}

/** `(err, req, res, next)`: Express looks at the number of parameters. */
function isFailureHandler({ closure }: AbstractObject): boolean {
  return closure?.fn.parameters.length === failureParameters && /^_?err/iu.test(closure.fn.parameters[0]?.name ?? '');
}

const failureParameters = 4;

function entryValue(activation: Activation, call: Call, parameter: ParameterSpec | undefined): Value {
  if (parameter?.fromArgument !== undefined) return elementOf(activation, call.args[parameter.fromArgument] ?? unknown);
  return specValue(activation.session, parameter, call.site);
}

/** A callee that is neither in the program nor in the models: a method of the language, or something that nothing is known of. */
function callUnknown(activation: Activation, call: Call): Value {
  const { instruction } = call;
  if (activation.instance.unit.module.language === 'java') return callUnknownJava(activation, call);
  if (activation.instance.unit.module.language === 'python') return callPython(activation, call);
  if (activation.instance.unit.module.language === 'go') return callGo(activation, call);
  const global = callGlobal(activation, call);
  if (global !== undefined) return global;
  if (instruction.form === 'new') return unknown;
  const name = instruction.spelling.at(-1);
  if (name === 'super' && call.receiver !== unknown) return callParent(activation, call);
  raise(activation, rejectedBy(activation, call));
  if (instruction.receiver === undefined || name === undefined) return unknown;
  return callMethod(activation, call, name);
}

function isEmpty({ taints, objects, states }: Value): boolean {
  return taints.length === 0 && objects.length === 0 && states.length === 0;
}

const quiet = /^(?:_|\$|jQuery|localStorage|sessionStorage|logger|log|console)$/u; // what throws nothing of what it is given

/** What a function that is not seen may say of its arguments when it refuses them. Only a page is harmed by such a text. */
function rejectedBy({ session }: Activation, call: Call): Value {
  if (call.args.every(isEmpty)) return unknown;
  if (
    call.callee.states.length > 0 ||
    quiet.test(call.instruction.spelling[0] ?? '') ||
    call.receiver.taints.length > 0 ||
    call.receiver.objects.length > 0
  )
    return unknown;
  let taints: readonly Taint[] = [];
  for (const argument of call.args) {
    const members = argument.objects.flatMap((object) => [object.element, ...object.fields.values()]);
    for (const value of [argument, ...members])
      for (const found of [value.taints, textTaints(session, value, call.site)])
        taints = mergeTaints(taints, found, session.bounds.taintsMax);
  }
  const harmful = cleaned(taints, session.models.everyKind & ~markupBits(session.models));
  if (harmful.length === 0) return unknown;
  return { ...unknown, taints: harmful.map((taint) => ({ ...stepped(taint, call.site, 'named in an exception'), guessed: true })) };
}

function callUnknownJava(activation: Activation, call: Call): Value {
  const { spelling } = call.instruction;
  if (spelling.length > 1 || (spelling[0] !== 'super' && spelling[0] !== 'this')) return callJava(activation, call);
  if (spelling[0] === 'super') return callParent(activation, call);
  const target = activation.instance.closure?.constructs;
  if (target !== undefined)
    for (const object of call.receiver.objects) build(activation.session, { object, target, args: call.args, activation });
  return unknown;
}

function callParent(activation: Activation, call: Call): Value {
  const home = activation.instance.closure?.constructs;
  for (const object of call.receiver.objects) {
    for (const target of home?.parent.objects ?? []) build(activation.session, { object, target, args: call.args, activation });
  }
  return unknown;
}
