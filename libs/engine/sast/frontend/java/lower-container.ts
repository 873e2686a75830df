import type { Argument, Instruction, Key, ValueId } from '../../ir/instruction.ts';
import type { Span } from '../../ir/function-builder.ts';
import { emit, unknownValue } from '../emitter.ts';
import type { ContainerKind } from './containers.ts';
import { constantValue, type JavaLowering } from './java-lowering.ts';

/** A method of a container in the hands of this function, with what it holds now. */
export type ContainerCall = {
  readonly kind: ContainerKind;
  readonly content: ValueId;
  readonly method: string;
  readonly args: readonly ValueId[];
  readonly span: Span;
};

/** What a method answers, and what the container holds after it. Undefined when it is none that this knows. */
export type ContainerOutcome = { readonly result: ValueId; readonly content: ValueId };

/** The content of a container that has just been made. */
export function newContainer(
  lowering: JavaLowering,
  made: { readonly kind: ContainerKind; readonly args: readonly ValueId[]; readonly span: Span },
): ValueId {
  const { kind, args, span } = made;
  const [first] = args;
  const given = first !== undefined && typeof constantOf(lowering, first) !== 'number' ? first : undefined; // a number is a capacity
  if (kind === 'text') return given ?? constantValue(lowering, '', span);
  if (kind === 'list') return emit(lowering, { op: 'array', elements: given === undefined ? [] : [{ value: given, spread: true }] }, span);
  const map = emit(lowering, { op: 'object' }, span);
  if (given !== undefined) emit(lowering, { op: 'spread', target: map, source: given, except: [] }, span);
  return map;
}

export function callContainer(lowering: JavaLowering, call: ContainerCall): ContainerOutcome | undefined {
  return methodsByKind[call.kind].get(call.method)?.(lowering, call);
}

/** The constant that a value is, as the instruction says that makes it; undefined also stands for none. */
export function constantOf(lowering: JavaLowering, value: ValueId): string | number | boolean | null | undefined {
  const made = lowering.frame.builder.code[value];
  return made?.op === 'constant' ? made.value : undefined;
}

type ContainerMethod = (lowering: JavaLowering, call: ContainerCall) => ContainerOutcome;

function methodsOf(table: Readonly<Record<string, ContainerMethod>>): ReadonlyMap<string, ContainerMethod> {
  return new Map(Object.entries(table).flatMap(([names, method]) => names.split(' ').map((name) => [name, method] as const)));
}

const passes: ContainerMethod = (_lowering, { content }) => ({ result: content, content });

const textMethods = methodsOf({
  append: (lowering, call) => textOfParts(lowering, call, [call.content, call.args[0]]),
  insert: (lowering, call) => {
    const parts = [call.content, call.args[1]];
    return textOfParts(lowering, call, constantOf(lowering, call.args[0] ?? -1) === 0 ? parts.toReversed() : parts);
  },
  replace: (lowering, call) => textOfParts(lowering, call, [call.content, call.args[2]]),
  setLength: (lowering, call) =>
    constantOf(lowering, call.args[0] ?? -1) === 0 ? textOfParts(lowering, call, []) : passes(lowering, call),
  'reverse delete deleteCharAt setCharAt toString': passes,
});

function textOfParts(lowering: JavaLowering, { span }: ContainerCall, parts: readonly (ValueId | undefined)[]): ContainerOutcome {
  const given = parts.filter((part) => part !== undefined);
  const content = concatenated(lowering, given, span);
  return { result: content, content };
}

/** A text made of parts; of constants it is one. */
export function concatenated(lowering: JavaLowering, parts: readonly ValueId[], span: Span): ValueId {
  const constants = parts.map((part) => constantOf(lowering, part));
  if (constants.every((constant) => constant !== undefined) && constants.length < foldedPartsMax)
    return constantValue(lowering, constants.map(String).join('').slice(0, foldedCharsMax), span);
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : emit(lowering, { op: 'concat', parts }, span);
}

const foldedPartsMax = 100;
const foldedCharsMax = 2000; // a longer constant text decides nothing more

const listMethods = methodsOf({
  'add addElement addLast offer offerLast': (lowering, call) => {
    const [first, second] = call.args;
    const known = elementsOf(lowering, call.content);
    return second === undefined ? listOf(lowering, call, appended(known, call.content, first)) : inserted(lowering, call, known);
  },
  'push addFirst offerFirst': (lowering, call) => {
    const known = elementsOf(lowering, call.content);
    return listOf(lowering, call, known === undefined ? appended(known, call.content, call.args[0]) : [...single(call.args[0]), ...known]);
  },
  addAll: (lowering, call) => {
    const [first] = call.args;
    const known = elementsOf(lowering, call.content) ?? spread(call.content);
    return listOf(lowering, call, first === undefined ? known : [...known, ...spread(first)]);
  },
  set: (lowering, call) => replaced(lowering, call, elementsOf(lowering, call.content)),
  clear: (lowering, call) => listOf(lowering, call, []),
  'get elementAt': (lowering, call) => ({
    result: elementAt(lowering, call, elementsOf(lowering, call.content)),
    content: call.content,
  }),
  remove: (lowering, call) =>
    call.args.length === 0 ? atEnd(lowering, call) : removed(lowering, call, elementsOf(lowering, call.content)),
  'getFirst firstElement element peek getLast lastElement pop poll removeFirst removeLast': atEnd,
  'iterator listIterator stream toArray elements': passes,
});

/** A method that looks at one end of a list, or takes what is there. */
function atEnd(lowering: JavaLowering, call: ContainerCall): ContainerOutcome {
  const known = elementsOf(lowering, call.content);
  if (known !== undefined) return takenFrom(lowering, call, known);
  return { result: emit(lowering, { op: 'element', of: call.content }, call.span), content: call.content };
}

const ends: ReadonlyMap<string, { readonly isFirst: boolean; readonly takes: boolean }> = new Map([
  ['getFirst', { isFirst: true, takes: false }],
  ['firstElement', { isFirst: true, takes: false }],
  ['element', { isFirst: true, takes: false }],
  ['peek', { isFirst: true, takes: false }],
  ['getLast', { isFirst: false, takes: false }],
  ['lastElement', { isFirst: false, takes: false }],
  ['pop', { isFirst: true, takes: true }],
  ['poll', { isFirst: true, takes: true }],
  ['remove', { isFirst: true, takes: true }],
  ['removeFirst', { isFirst: true, takes: true }],
  ['removeLast', { isFirst: false, takes: true }],
]);

/** The elements of a list whose every position is known here. */
function elementsOf(lowering: JavaLowering, content: ValueId): readonly Argument[] | undefined {
  const made = lowering.frame.builder.code[content];
  return made?.op === 'array' && made.elements.every((element) => !element.spread) ? made.elements : undefined;
}

function spread(value: ValueId): readonly Argument[] {
  return [{ value, spread: true }];
}

function single(value: ValueId | undefined): readonly Argument[] {
  return value === undefined ? [] : [{ value, spread: false }];
}

function appended(known: readonly Argument[] | undefined, content: ValueId, value: ValueId | undefined): readonly Argument[] {
  return [...(known ?? spread(content)), ...single(value)];
}

function listOf(lowering: JavaLowering, { span }: ContainerCall, elements: readonly Argument[]): ContainerOutcome {
  const content = emit(lowering, { op: 'array', elements }, span);
  return { result: unknownValue(lowering, span), content };
}

function inserted(lowering: JavaLowering, call: ContainerCall, known: readonly Argument[] | undefined): ContainerOutcome {
  const [position, value] = call.args;
  const at = constantOf(lowering, position ?? -1);
  if (known === undefined || typeof at !== 'number') return listOf(lowering, call, [...spread(call.content), ...single(value)]);
  return listOf(lowering, call, known.toSpliced(at, 0, ...single(value)));
}

function replaced(lowering: JavaLowering, call: ContainerCall, known: readonly Argument[] | undefined): ContainerOutcome {
  const [position, value] = call.args;
  const at = constantOf(lowering, position ?? -1);
  if (known === undefined || typeof at !== 'number' || at >= known.length)
    return listOf(lowering, call, [...spread(call.content), ...single(value)]);
  return listOf(lowering, call, known.toSpliced(at, 1, ...single(value)));
}

function removed(lowering: JavaLowering, call: ContainerCall, known: readonly Argument[] | undefined): ContainerOutcome {
  const at = constantOf(lowering, call.args[0] ?? -1);
  if (known === undefined || typeof at !== 'number') {
    const result = emit(lowering, { op: 'element', of: call.content }, call.span);
    return { result, content: emit(lowering, { op: 'array', elements: spread(call.content) }, call.span) };
  }
  const { content } = listOf(lowering, call, known.toSpliced(at, 1));
  return { result: known[at]?.value ?? unknownValue(lowering, call.span), content };
}

function takenFrom(lowering: JavaLowering, call: ContainerCall, known: readonly Argument[]): ContainerOutcome {
  const end = ends.get(call.method);
  const element = end?.isFirst === true ? known[0] : known.at(-1);
  const result = element?.value ?? unknownValue(lowering, call.span);
  if (end?.takes !== true) return { result, content: call.content };
  return { result, content: listOf(lowering, call, end.isFirst ? known.slice(1) : known.slice(0, -1)).content };
}

function elementAt(lowering: JavaLowering, { content, args, span }: ContainerCall, known: readonly Argument[] | undefined): ValueId {
  const at = constantOf(lowering, args[0] ?? -1);
  if (known !== undefined && typeof at === 'number') return known[at]?.value ?? unknownValue(lowering, span);
  return emit(lowering, { op: 'load', object: content, key: typeof at === 'number' ? { name: String(at) } : { any: true } }, span);
}

const mapMethods = methodsOf({
  'put setProperty': (lowering, call) => entered(lowering, call, true),
  putIfAbsent: (lowering, call) => entered(lowering, call, false),
  clear: (lowering, call) => mapOf(lowering, call, []),
  remove: (lowering, call) => {
    const result = entry(lowering, call);
    return { ...mapOf(lowering, call, [{ source: call.content, without: constantOf(lowering, call.args[0] ?? -1) }]), result };
  },
  'putAll load loadFromXML': (lowering, call) => {
    const [first] = call.args;
    return mapOf(lowering, call, [{ source: call.content }, ...(first === undefined ? [] : [{ source: first }])]);
  },
  get: (lowering, call) => ({ result: entry(lowering, call), content: call.content }),
  'values entrySet elements': passes,
});

const methodsByKind = { text: textMethods, list: listMethods, map: mapMethods } as const;

function keyOf(lowering: JavaLowering, value: ValueId | undefined): Key {
  if (value === undefined) return { any: true };
  const constant = constantOf(lowering, value);
  return constant === undefined || constant === null ? { computed: value } : { name: String(constant) };
}

function entry(lowering: JavaLowering, { content, args, span }: ContainerCall): ValueId {
  return emit(lowering, { op: 'load', object: content, key: keyOf(lowering, args[0]) }, span);
}

type Copied = { readonly source: ValueId; readonly without?: string | number | boolean | null | undefined };

function mapOf(lowering: JavaLowering, { span }: ContainerCall, copied: readonly Copied[]): ContainerOutcome {
  const content = emit(lowering, { op: 'object' }, span);
  for (const { source, without } of copied) {
    const except = without === undefined || without === null ? [] : [String(without)];
    emit(lowering, { op: 'spread', target: content, source, except }, span);
  }
  return { result: unknownValue(lowering, span), content };
}

/** `put` writes over what stood under the key; when the key is not known nothing is written over. */
function entered(lowering: JavaLowering, call: ContainerCall, overwrites: boolean): ContainerOutcome {
  const [key, value] = call.args;
  const without = overwrites && key !== undefined ? constantOf(lowering, key) : undefined;
  const made = mapOf(lowering, call, [{ source: call.content, without }]);
  if (value !== undefined) emit(lowering, storing(made.content, keyOf(lowering, key), value), call.span);
  return made;
}

function storing(object: ValueId, key: Key, value: ValueId): Instruction {
  return { op: 'store', object, key, value };
}
