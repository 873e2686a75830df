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
  moduleObject.fields.set('exports', { ...nothing, objects: [exports] });
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
  /** What functions inside assign to this one's variables. */
  readonly cells = new Map<number, Value>();
  readonly objects = new Map<ValueId, AbstractObject>();
  readonly callers = new Set<Instance>();
  readonly cellReaders = new Set<Instance>();
  /** What a generator hands out, as the array that it amounts to. */
  yielded: AbstractObject | undefined;
  readonly closure: Closure | undefined;
  returned: Value = nothing;
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
}
