import type { GrammarName } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import type { ModelDocument, ModelParameter } from './model-schema.ts';
import { parsePath, parseRange, type ModelPath, type PathStep } from './parse-path.ts';
import {
  State,
  type ArgumentRange,
  type Condition,
  type EntrySpec,
  type FlowSpec,
  type GuardSpec,
  type ParameterSpec,
  type SinkSpec,
  type SourceSpec,
} from './state.ts';

/** Parameters that a function may be given by a framework, known by its shape alone. */
export type HandlerShape = {
  readonly language: GrammarName | undefined;
  readonly decorated: ReadonlySet<string> | undefined;
  readonly rest: ParameterSpec | undefined;
  readonly exported: ReadonlySet<string> | undefined;
  readonly names: readonly ReadonlySet<string>[];
  readonly parameters: readonly (ParameterSpec | undefined)[];
};

/** Every model, as a graph of places that the analysis walks. */
export type Models = {
  readonly modules: ReadonlyMap<string, State>;
  readonly globals: State;
  readonly annotations: ReadonlyMap<string, State>;
  /** Names of parameters that are not what their declared type says elsewhere. */
  readonly otherwiseNamed: ReadonlyMap<string, ReadonlySet<string>>;
  readonly decorators: ReadonlyMap<string, { readonly state: State | undefined; readonly source: SourceSpec | undefined }>;
  readonly guesses: ReadonlyMap<string, State>;
  readonly handlers: readonly HandlerShape[];
  readonly prefixes: readonly { readonly pattern: RegExp; readonly bits: number }[];
  readonly sensitiveNames: ReadonlySet<string>;
  /** The bit of each kind of sink and each trait. */
  readonly bits: ReadonlyMap<string, number>;
  /** The bits of every kind of sink: safe for all. */
  readonly everyKind: number;
  /** Kinds of sink that a text, unlike an object, cannot harm. */
  readonly textBits: number;
  /** The trait of data that is but a part of a text. */
  readonly partialBit: number;
  /** What is true of a member by its name, whatever object it is written to. */
  readonly anyObject: State | undefined;
  /** What is true of methods of every text. */
  readonly text: State | undefined;
  /** What a handler of exceptions is given. */
  readonly caught: State | undefined;
  /** Where a write to a member of whatever the request named is judged. */
  readonly prototypeStore: State | undefined;
};

const bitsMax = 32; // operators on bits see so many of a JavaScript number

type Compiler = {
  readonly modules: Map<string, State>;
  readonly globals: State;
  readonly types: Map<string, State>;
  readonly bits: Map<string, number>;
  readonly problems: string[];
  everyKind: number;
};

/** Joins model documents into one graph. Errors: a text that names the entry that is wrong. */
export function compileModels(documents: readonly ModelDocument[]): Result<Models, string> {
  const compiler: Compiler = {
    modules: new Map(),
    globals: new State('global'),
    types: new Map(),
    bits: new Map(),
    problems: [],
    everyKind: 0,
  };
  for (const kind of documents.flatMap((document) => document.kinds)) compiler.everyKind |= bitOf(compiler, kind);
  for (const trait of documents.flatMap((document) => document.traits)) bitOf(compiler, trait);
  for (const document of documents) for (const type of document.types) addType(compiler, type);
  for (const document of documents) addDocument(compiler, document);
  for (const { modules, like } of documents.flatMap((document) => document.aliases)) {
    const state = compiler.modules.get(like);
    if (state === undefined) compiler.problems.push(`no module \`${like}\` to be like`);
    else for (const name of modules) compiler.modules.set(name, state);
  }
  inheritMembers(compiler, documents);
  const models: Models = {
    modules: compiler.modules,
    globals: compiler.globals,
    ...describedByName(compiler, documents),
    handlers: documents.flatMap((document) => document.handlers.map((handler) => handlerShape(compiler, handler))),
    prefixes: documents.flatMap((document) =>
      document.prefixes.map((prefix) => ({ pattern: new RegExp(prefix.pattern, 'u'), bits: bitsOf(compiler, prefix.clean) })),
    ),
    sensitiveNames: new Set(documents.flatMap((document) => document.sensitiveNames)),
    bits: compiler.bits,
    everyKind: compiler.everyKind,
    textBits: bitsOf(
      compiler,
      documents.flatMap((document) => document.textClean),
    ),
    partialBit: bitOf(compiler, 'partial'),
    anyObject: compiler.types.get('any'),
    text: compiler.types.get('text'),
    caught: compiler.types.get('exception'),
    prototypeStore: compiler.types.get('any')?.members.get('$reached'),
  };
  const [problem] = compiler.problems;
  return problem === undefined ? ok(models) : err(problem);
}

type ByName = Pick<Models, 'annotations' | 'otherwiseNamed' | 'decorators' | 'guesses'>;

function describedByName(compiler: Compiler, documents: readonly ModelDocument[]): ByName {
  const annotations = documents.flatMap((document) => document.annotations);
  const decorators = documents.flatMap((document) => document.decorators);
  const guesses = documents.flatMap((document) => document.guesses);
  return {
    annotations: new Map([
      ...documents.flatMap(({ types }) =>
        types.flatMap(({ type, named }) => named.map((name) => [name, typeState(compiler, type)] as const)),
      ),
      ...annotations.map((item) => [annotationKey(item.name, item.from), typeState(compiler, item.type)] as const),
    ]),
    otherwiseNamed: new Map(annotations.filter(({ unless }) => unless.length > 0).map(({ name, unless }) => [name, new Set(unless)])),
    decorators: new Map(decorators.map((item) => [annotationKey(item.name, item.from), decoratorModel(compiler, item)])),
    guesses: new Map(guesses.flatMap((guess) => guess.names.map((name) => [name, typeState(compiler, guess.type)] as const))),
  };
}

type DecoratorModel = { readonly state: State | undefined; readonly source: SourceSpec | undefined };

function decoratorModel(compiler: Compiler, item: ModelDocument['decorators'][number]): DecoratorModel {
  const source =
    item.origin === undefined ? undefined : { origin: item.origin, label: item.label ?? item.origin, safe: bitsOf(compiler, item.safe) };
  return { state: item.type === undefined ? undefined : typeState(compiler, item.type), source };
}

function handlerShape(compiler: Compiler, handler: ModelDocument['handlers'][number]): HandlerShape {
  return {
    language: handler.language,
    decorated: handler.decorated === undefined ? undefined : new Set(handler.decorated),
    rest: handler.rest === undefined ? undefined : parameterSpec(compiler, handler.rest),
    exported: handler.exported === undefined ? undefined : new Set(handler.exported),
    names: handler.names.map((names) => new Set(names)),
    parameters: handler.parameters.map((parameter) => parameterSpec(compiler, parameter)),
  };
}

/** Looks up a declared type by its name and the module that it comes from. */
export function annotationKey(name: string, from: string | undefined): string {
  return from === undefined ? name : `${from}:${name}`;
}

function addType(compiler: Compiler, item: ModelDocument['types'][number]): void {
  const state = typeState(compiler, item.type);
  nameType(compiler, state, item.named);
  for (const text of item.at) {
    const path = read(compiler, text);
    const last = path?.steps.at(-1);
    if (path === undefined) continue;
    if (last === undefined) {
      if (path.root.kind === 'global') compiler.globals.setMember(path.root.name, state);
      else if (path.root.kind === 'import') compiler.modules.set(path.root.name, state);
      continue;
    }
    for (const parent of walk(compiler, { ...path, steps: path.steps.slice(0, -1) })) link(parent, last, state);
  }
}

/** A type that sources name: each name is a class of its own module, and all of them are one. */
function nameType(compiler: Compiler, state: State, names: readonly string[]): void {
  const [first] = names;
  if (first === undefined) return;
  const made = rootState(compiler, { root: { kind: 'import', name: first } });
  made.result = state;
  for (const name of names) compiler.modules.set(name, made);
}

const inheritanceMax = 8; // types that extend types

/** Gives each type the members of those that it extends. */
function inheritMembers(compiler: Compiler, documents: readonly ModelDocument[]): void {
  const types = documents.flatMap((document) => document.types).filter((item) => item.extends.length > 0);
  for (let round = 0; round < inheritanceMax; round++) {
    for (const item of types) {
      const own = typeState(compiler, item.type);
      for (const parent of item.extends)
        for (const [name, member] of typeState(compiler, parent).members) if (!own.members.has(name)) own.setMember(name, member);
    }
  }
}

function link(parent: State, step: PathStep, target: State): void {
  if (step.kind === 'result') parent.result = target;
  else if (step.kind === 'any') parent.anyMember = target;
  else for (const name of step.names) parent.setMember(name, target);
}

function addDocument(compiler: Compiler, document: ModelDocument): void {
  for (const text of document.known) statesAt(compiler, text);
  for (const source of document.sources) {
    const { origin, label, argumentsMax } = source;
    const spec: SourceSpec = { origin, label, safe: bitsOf(compiler, source.safe), argumentsMax };
    for (const text of source.at) addSource(compiler, text, spec);
  }
  for (const state of document.own.flatMap((text) => statesAt(compiler, text))) state.isOwn = true;
  for (const sink of document.sinks) {
    const when = sink.when.map(condition);
    for (const text of sink.at) addSink(compiler, text, { sink, when });
  }
  for (const flow of document.flows) addFlow(compiler, flow);
  for (const entry of document.entries) addEntry(compiler, entry);
  for (const guard of document.guards) {
    const clean = bitsOf(compiler, guard.clean);
    const only: readonly GuardSpec[] = [{ argument: guard.argument, clean }];
    for (const state of guard.call.flatMap((text) => statesAt(compiler, text))) state.guards = joined(state.guards, only);
  }
}

function addFlow(compiler: Compiler, flow: ModelDocument['flows'][number]): void {
  const clean = bitsOf(compiler, flow.clean) | bitsOf(compiler, flow.traits);
  const from = flow.from.map((item) => parseRange(String(item)));
  const source = flow.source === undefined ? undefined : { ...flow.source, safe: bitsOf(compiler, flow.source.safe) };
  const { to, drops, gives, note } = flow;
  const only: readonly FlowSpec[] = [{ from, to, clean, drops, gives, source, note }];
  for (const state of flow.call.flatMap((text) => statesAt(compiler, text))) state.flows = joined(state.flows, only);
}

function addEntry(compiler: Compiler, entry: ModelDocument['entries'][number]): void {
  const parameters = entry.parameters.map((parameter) => parameterSpec(compiler, parameter));
  const argument = entry.argument === '=' ? 'assigned' : parseRange(entry.argument);
  const members = entry.member === undefined ? [] : entry.member.split('.');
  const only: readonly EntrySpec[] = [{ argument, members, parameters }];
  for (const state of entry.call.flatMap((text) => statesAt(compiler, text))) state.entries = joined(state.entries, only);
}

/** A source whose path ends in a call is what the call gives back. */
function addSource(compiler: Compiler, text: string, spec: SourceSpec): void {
  const path = read(compiler, text);
  if (path === undefined) return;
  const last = path.steps.at(-1);
  if (last?.kind === 'result') for (const state of walk(compiler, { ...path, steps: path.steps.slice(0, -1) })) state.resultSource = spec;
  else for (const state of walk(compiler, path)) state.source = spec;
}

type Sink = ModelDocument['sinks'][number];

function addSink(compiler: Compiler, text: string, { sink, when }: { readonly sink: Sink; readonly when: SinkSpec['when'] }): void {
  const path = read(compiler, text);
  if (path === undefined) return;
  const { argument } = path;
  if (argument === undefined) {
    compiler.problems.push(`a sink names no argument: \`${text}\``);
    return;
  }
  const { kind, label = '', form, joined: isJoined, confidence } = sink;
  const specs = alternatives(path.members).map((members): SinkSpec => ({
    kind,
    label,
    argument,
    members,
    form,
    isJoined,
    when,
    confidence,
  }));
  for (const state of walk(compiler, path)) state.sinks = joined(state.sinks, specs);
}

/** `(0).{a,b}.c` stands for `(0).a.c` and `(0).b.c`. */
function alternatives(members: readonly string[]): readonly (readonly string[])[] {
  let all: readonly (readonly string[])[] = [[]];
  for (const member of members) all = all.flatMap((before) => member.split(',').map((name) => [...before, name.trim()]));
  return all;
}

// One list for all states that have nothing else.
function joined<T>(before: readonly T[], more: readonly T[]): readonly T[] {
  return before.length === 0 ? more : [...before, ...more];
}

function condition(item: Sink['when'][number]): Condition {
  return {
    argument: item.argument,
    members: item.member === undefined ? [] : item.member.split('.'),
    matches: item.matches === undefined ? undefined : new RegExp(item.matches, 'iu'),
    truthy: item.truthy ?? false,
    absent: item.absent ?? false,
    present: item.present ?? false,
    type: item.type,
  };
}

function parameterSpec(compiler: Compiler, parameter: ModelParameter): ParameterSpec | undefined {
  if (parameter === null) return undefined;
  if (typeof parameter === 'string') return { state: typeState(compiler, parameter), source: undefined, fromArgument: undefined };
  if ('argument' in parameter) return { state: undefined, source: undefined, fromArgument: parameter.argument };
  return {
    state: undefined,
    source: { origin: parameter.origin, label: parameter.label, safe: bitsOf(compiler, parameter.safe) },
    fromArgument: undefined,
  };
}

function statesAt(compiler: Compiler, text: string): readonly State[] {
  const path = read(compiler, text);
  return path === undefined ? [] : walk(compiler, path);
}

function read(compiler: Compiler, text: string): ModelPath | undefined {
  const path = parsePath(text);
  if (path.ok) return path.value;
  compiler.problems.push(path.error);
  return undefined;
}

/** The states that a path leads to, made on the way where they are new. */
function walk(compiler: Compiler, path: ModelPath): readonly State[] {
  let states: readonly State[] = [rootState(compiler, path)];
  for (const step of path.steps) states = states.flatMap((state) => advance(state, step));
  return states;
}

function advance(state: State, step: PathStep): readonly State[] {
  if (step.kind === 'result') return [(state.result ??= new State(flat(state.name, '()')))];
  if (step.kind === 'any') return [(state.anyMember ??= new State(flat(state.name, '.*')))];
  return step.names.map((name) => {
    const known = state.members.get(name);
    if (known !== undefined) return known;
    const made = new State(flat(state.name, '.', name));
    state.setMember(name, made);
    return made;
  });
}

// One text in one place: what `+` gives are pieces that point at each other, thousands of which every start reads into memory.
function flat(...parts: readonly string[]): string {
  return parts.join('');
}

function rootState(compiler: Compiler, path: Pick<ModelPath, 'root'>): State {
  const { kind, name } = path.root;
  if (kind === 'type') return typeState(compiler, name);
  const known = kind === 'global' ? compiler.globals.members.get(name) : compiler.modules.get(name);
  if (known !== undefined) return known;
  const made = new State(name);
  if (kind === 'import') made.setMember('default', made);
  if (kind === 'global') compiler.globals.setMember(name, made);
  else compiler.modules.set(name, made);
  return made;
}

function typeState(compiler: Compiler, name: string): State {
  const known = compiler.types.get(name);
  if (known !== undefined) return known;
  const made = new State(name);
  made.isType = true;
  compiler.types.set(name, made);
  return made;
}

function bitsOf(compiler: Compiler, names: 'all' | readonly string[]): number {
  if (names === 'all') return compiler.everyKind;
  let bits = 0;
  for (const name of names) bits |= bitOf(compiler, name);
  return bits;
}

function bitOf(compiler: Compiler, name: string): number {
  const known = compiler.bits.get(name);
  if (known !== undefined) return known;
  if (compiler.bits.size >= bitsMax) {
    compiler.problems.push(`no bit left for \`${name}\``);
    return 0;
  }
  const bit = 1 << compiler.bits.size;
  compiler.bits.set(name, bit);
  return bit;
}

/** Whether a range takes every argument, named ones as well. */
export function isEvery(range: ArgumentRange): boolean {
  return typeof range === 'object' && 'from' in range && range.from === 0 && range.to === Number.POSITIVE_INFINITY;
}

/** Whether an argument index lies in a range. */
export function inRange(range: ArgumentRange, index: number): boolean {
  return typeof range === 'object' && 'from' in range && index >= range.from && index <= range.to;
}
