import type { IrFunction, IrModule } from '../ir/module.ts';
import type { ValueId } from '../ir/instruction.ts';
import { AbstractObject, type Closure } from './abstract-object.ts';
import { nothing, type Value } from './value.ts';

/** A lowered file within an analysis, with the object that it exports. */
export type Unit = {
  readonly module: IrModule;
  readonly exports: AbstractObject;
  readonly moduleObject: AbstractObject;
  /** Every function that was made while it ran, in the order of their making. */
  readonly functions: AbstractObject[];
  started: boolean;
  /** Instructions evaluated so far, and whether that was too many. */
  steps: number;
  exhausted: boolean;
};

export function openUnit(module: IrModule): Unit {
  const exports = new AbstractObject('exports');
  const moduleObject = new AbstractObject('plain');
  moduleObject.setField('exports', { ...nothing, objects: [exports] });
  return { module, exports, moduleObject, functions: [], started: false, steps: 0, exhausted: false };
}

/** What a function is called with. */
export type CallValues = { readonly args: readonly Value[]; readonly receiver: Value };

/** One activation of a function for one kind of arguments; calls that add nothing new share it. */
export class Instance {
  readonly fn: IrFunction;
  readonly unit: Unit;
  readonly environment: Instance | undefined;
  args: readonly Value[];
  receiver: Value;
  readonly values: Value[] = [];
  private ownCells: Map<number, Value> | undefined;
  private ownObjects: Map<ValueId, AbstractObject> | undefined;
  private ownCallers: Set<Instance> | undefined;
  private ownCellReaders: Set<Instance> | undefined;
  /** What a generator hands out, as the array that it amounts to. */
  yielded: AbstractObject | undefined;
  readonly closure: Closure | undefined;
  returned: Value = nothing;
  /** What leaves it as an exception. */
  thrown: Value = nothing;
  private ownRaised: Map<ValueId, Value> | undefined;
  dirty = true;
  running = false;
  evaluated = false;
  evaluations = 0;

  constructor(
    code: { readonly fn: IrFunction; readonly unit: Unit; readonly environment: Instance | undefined },
    closure: Closure | undefined,
    call: CallValues,
  ) {
    this.fn = code.fn;
    this.unit = code.unit;
    this.environment = code.environment;
    this.closure = closure;
    this.args = call.args;
    this.receiver = call.receiver;
  }

  // There are as many of these as there are functions, and most keep nothing: collections are made when the first is kept.
  /** What functions inside assign to this one's variables. */
  get cells(): ReadonlyMap<number, Value> {
    return this.ownCells ?? noCells;
  }

  setCell(variable: number, value: Value): void {
    this.ownCells ??= new Map();
    this.ownCells.set(variable, value);
  }

  /** What its instructions allocate. */
  get objects(): ReadonlyMap<ValueId, AbstractObject> {
    return this.ownObjects ?? noObjects;
  }

  keepObject(id: ValueId, object: AbstractObject): void {
    this.ownObjects ??= new Map();
    this.ownObjects.set(id, object);
  }

  /** What each instruction throws, where that carries anything. */
  get raised(): ReadonlyMap<ValueId, Value> {
    return this.ownRaised ?? noCells;
  }

  setRaised(id: ValueId, value: Value): void {
    this.ownRaised ??= new Map();
    this.ownRaised.set(id, value);
  }

  get callers(): ReadonlySet<Instance> {
    return this.ownCallers ?? nobody;
  }

  addCaller(caller: Instance): void {
    this.ownCallers ??= new Set();
    this.ownCallers.add(caller);
  }

  get cellReaders(): ReadonlySet<Instance> {
    return this.ownCellReaders ?? nobody;
  }

  addCellReader(reader: Instance): void {
    this.ownCellReaders ??= new Set();
    this.ownCellReaders.add(reader);
  }
}

const noCells: ReadonlyMap<number, Value> = new Map();
const noObjects: ReadonlyMap<ValueId, AbstractObject> = new Map();
const nobody: ReadonlySet<Instance> = new Set();
