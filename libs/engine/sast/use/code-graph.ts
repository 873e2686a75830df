import { present } from '@lib/kernel';
import type { Instruction, ValueId } from '../ir/instruction.ts';
import type { IrFunction } from '../ir/module.ts';
import type { AbstractObject } from '../taint/abstract-object.ts';
import type { Instance, Unit } from '../taint/instance.ts';
import { requiredBy } from '../taint/required-by.ts';
import { valueOf, type Session } from '../taint/session.ts';
import { packageSpecifier } from './origin.ts';

/** A value of a function. */
export type Node = { readonly code: Code; readonly id: ValueId };

/** A function with who reads from it. Contexts are not told apart: one function is one node of the call graph. */
export type Code = {
  readonly fn: IrFunction;
  readonly unit: Unit;
  home: Code | undefined;
  /** Each value once, so that sets tell them apart. */
  readonly nodes: Map<ValueId, Node>;
  /** Calls that may run it. */
  readonly callers: Set<Node>;
  /** Reads of its values and of its variables by functions inside of it. */
  readonly outerReads: Map<ValueId, Set<Node>>;
  readonly cellReads: Map<number, Set<Node>>;
  uses: Uses | undefined;
};

/** By value: instructions that take it, and variables that it is written to. */
export type Uses = {
  readonly takenBy: ReadonlyMap<ValueId, readonly ValueId[]>;
  readonly writtenTo: ReadonlyMap<ValueId, readonly number[]>;
};

/** Who reads what, over all files of a batch: by names within a function, by objects of the analysis between them. */
export type CodeGraph = {
  readonly codes: ReadonlyMap<IrFunction, Code>;
  /** Values that are a module of a package, with the specifier. */
  readonly imports: ReadonlyMap<Node, readonly Import[]>;
  /** Reads of a member of an object; under `*` those of any member. */
  readonly loads: ReadonlyMap<AbstractObject, ReadonlyMap<string, ReadonlySet<Node>>>;
  /** Objects that a store or a spread writes to, and functions that a call may run. */
  readonly written: ReadonlyMap<IrFunction, ReadonlyMap<ValueId, ReadonlySet<AbstractObject>>>;
  readonly called: ReadonlyMap<IrFunction, ReadonlyMap<ValueId, ReadonlySet<IrFunction>>>;
};

/** A module of a package and the member that is taken of it, `*` for all of it. */
export type Import = { readonly specifier: string; readonly member: string };

type Building = {
  readonly session: Session;
  readonly codes: Map<IrFunction, Code>;
  readonly imports: Map<Node, Import[]>;
  readonly loads: Map<AbstractObject, Map<string, Set<Node>>>;
  readonly written: Map<IrFunction, Map<ValueId, Set<AbstractObject>>>;
  readonly called: Map<IrFunction, Map<ValueId, Set<IrFunction>>>;
};

/** Builds the graph of what an analysis has met. Call it when the analysis has settled. Linear in instructions and activations. */
export function buildCodeGraph(session: Session, units: Iterable<Unit>): CodeGraph {
  const building: Building = { session, codes: new Map(), imports: new Map(), loads: new Map(), written: new Map(), called: new Map() };
  for (const unit of units) addFunctions(building, unit);
  for (const instance of session.instances) addActivation(building, instance);
  return building;
}

function addFunctions({ codes }: Building, unit: Unit): void {
  const { functions } = unit.module;
  for (const fn of functions) {
    const maps = { nodes: new Map(), callers: new Set<Node>(), outerReads: new Map(), cellReads: new Map() };
    codes.set(fn, { fn, unit, home: undefined, uses: undefined, ...maps });
  }
  for (const fn of functions) {
    const code = codes.get(fn);
    const parent = fn.parent === undefined ? undefined : functions[fn.parent];
    if (code !== undefined && parent !== undefined && parent !== fn) code.home = codes.get(parent);
  }
  for (const fn of functions) addOuterReads(present(codes.get(fn), 'a function that was added'));
}

function addOuterReads(code: Code): void {
  for (const [id, instruction] of code.fn.code.entries()) {
    if (instruction.op !== 'outer' && instruction.op !== 'cell') continue;
    const home = outward(code, instruction.hops);
    if (instruction.op === 'outer') push(home?.outerReads, instruction.value, nodeOf(code, id));
    else push(home?.cellReads, instruction.variable, nodeOf(code, id));
  }
}

/** The value of a function, as the one object that stands for it. */
export function nodeOf(code: Code, id: ValueId): Node {
  const known = code.nodes.get(id);
  if (known !== undefined) return known;
  const made: Node = { code, id };
  code.nodes.set(id, made);
  return made;
}

/** The function so many steps around this one. */
export function outward(code: Code, hops: number): Code | undefined {
  let at: Code | undefined = code;
  for (let hop = 0; hop < hops && at !== undefined; hop++) at = at.home;
  return at;
}

function addActivation(building: Building, instance: Instance): void {
  const code = building.codes.get(instance.fn);
  if (code === undefined) return;
  for (const [id, instruction] of instance.fn.code.entries()) {
    switch (instruction.op) {
      case 'import':
        addImport(building, instance, { node: nodeOf(code, id), specifier: instruction.specifier, member: instruction.name });
        break;
      case 'load':
        for (const object of withPrototypes(valueOf(instance, instruction.object).objects))
          addLoad(building, object, { node: nodeOf(code, id), key: keyName(instruction) });
        break;
      case 'store':
        add(building.written, nodeOf(code, id), valueOf(instance, instruction.object).objects);
        break;
      case 'spread':
        add(building.written, nodeOf(code, id), valueOf(instance, instruction.target).objects);
        break;
      case 'call':
        addCall(building, instance, { node: nodeOf(code, id), instruction });
        break;
      default:
    }
  }
}

const prototypeHopsMax = 4; // as where members are read

/** The objects in which a member is looked for. */
function withPrototypes(objects: readonly AbstractObject[]): Iterable<AbstractObject> {
  const all = new Set(objects);
  let level = objects;
  for (let hop = 0; hop < prototypeHopsMax && level.length > 0; hop++) {
    level = level.flatMap(({ prototype }) => prototype.objects.filter((object) => !all.has(object)));
    for (const object of level) all.add(object);
  }
  return all;
}

/** The name of a member where the text says it; `*` where only the running program knows. */
export function keyName({ key }: Extract<Instruction, { op: 'load' | 'store' }>): string {
  return 'name' in key ? key.name : '*';
}

type ImportAt = Import & { readonly node: Node };

function addImport(building: Building, instance: Instance, { node, specifier, member }: ImportAt): void {
  const { session } = building;
  const bare = specifier.startsWith('node:') ? specifier.slice(5) : specifier;
  const unit = session.models.modules.has(bare) ? undefined : session.resolve(specifier, instance.unit.module.path);
  if (unit === undefined) {
    addPackage(building, { node, specifier, member });
    return;
  }
  // A file of the tree: what lies under that name there, or the whole of what it exports.
  addLoad(building, unit.moduleObject, { node, key: member === '*' || member === 'default' ? 'exports' : `exports.${member}` });
  const whole = unit.moduleObject.fields.get('exports')?.objects ?? [];
  for (const object of new Set([unit.exports, ...whole])) if (member !== '*') addLoad(building, object, { node, key: member });
}

function addPackage({ imports }: Building, { node, specifier, member }: ImportAt): void {
  const known = imports.get(node) ?? [];
  if (packageSpecifier(specifier) === undefined || known.some((other) => other.specifier === specifier)) return;
  imports.set(node, [...known, { specifier, member }]);
}

type CallAt = { readonly node: Node; readonly instruction: Extract<Instruction, { op: 'call' }> };

function addCall(building: Building, instance: Instance, { node, instruction }: CallAt): void {
  if (instruction.spelling.length === 1 && instruction.spelling[0] === 'require') {
    const activation = { session: building.session, instance, at: node.id };
    for (const specifier of requiredBy(activation, instruction)) addImport(building, instance, { node, specifier, member: '*' });
  }
  for (const { closure, overloads } of valueOf(instance, instruction.callee).objects) {
    for (const { fn } of closure === undefined ? overloads : [closure, ...overloads]) {
      add(building.called, node, [fn]);
      building.codes.get(fn)?.callers.add(node);
    }
  }
}

function addLoad({ loads }: Building, object: AbstractObject, { node, key }: { readonly node: Node; readonly key: string }): void {
  const byKey = loads.get(object) ?? new Map<string, Set<Node>>();
  loads.set(object, byKey);
  push(byKey, key, node);
}

function add<T>(index: Map<IrFunction, Map<ValueId, Set<T>>>, { code, id }: Node, items: readonly T[]): void {
  if (items.length === 0) return;
  const byId = index.get(code.fn) ?? new Map<ValueId, Set<T>>();
  index.set(code.fn, byId);
  const known = byId.get(id) ?? new Set<T>();
  byId.set(id, known);
  for (const item of items) known.add(item);
}

function push<K>(index: Map<K, Set<Node>> | undefined, key: K, node: Node): void {
  const known = index?.get(key);
  if (known === undefined) index?.set(key, new Set([node]));
  else known.add(node);
}
