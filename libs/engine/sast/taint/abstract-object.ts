import type { IrFunction } from '../ir/module.ts';
import type { Instance, Unit } from './instance.ts';
import { nothing, type Value } from './value.ts';

/** A function together with the activation that it closes over. */
export type Closure = {
  readonly fn: IrFunction;
  readonly unit: Unit;
  readonly environment: Instance | undefined;
  readonly instances: Instance[];
  /** The class whose constructor this is. */
  readonly constructs: AbstractObject | undefined;
  called: boolean;
  /** It was handed to something whose users call it, such as a plug-in. */
  offered: boolean;
};

/** What a built-in function object does: settle a promise, call its target with fixed arguments, or run a getter when it is read. */
export type Builtin =
  | { readonly does: 'settle'; readonly promise: AbstractObject }
  | { readonly does: 'bound'; readonly target: Value; readonly receiver: Value; readonly arguments: readonly Value[] }
  | { readonly does: 'accessor'; readonly getter: Value }
  | { readonly does: 'require' };

export type ObjectKind = 'plain' | 'array' | 'tuple' | 'function' | 'class' | 'promise' | 'collection' | 'regexp' | 'exports';

const none: readonly never[] = [];
const noFields: ReadonlyMap<string, Value> = new Map();
const noReaders: ReadonlySet<Instance> = new Set();

/** Everything that one allocation makes, joined. Writes only add: two writes to a field are both believed. */
export class AbstractObject {
  readonly kind: ObjectKind;
  private ownFields: Map<string, Value> | undefined;
  private ownReaders: Set<Instance> | undefined;
  /** Members whose key is not known. */
  element: Value = nothing;
  /** Where members are looked for that the object does not have. */
  prototype: Value = nothing;
  closure: Closure | undefined;
  /** More constructors of a class; calls pick one by the number of arguments. */
  overloads: readonly Closure[] = none;
  private ownSubclasses: AbstractObject[] | undefined;
  builtin: Builtin | undefined;
  /** The class, for a prototype; the prototype, for a method. */
  home: AbstractObject | undefined;
  /** For a class: what it extends, and an instance for methods that nobody is seen to call. */
  parent: Value = nothing;
  sample: AbstractObject | undefined;
  /** True once something else than the program text may have written to it. */
  mixed = false;
  regexp: { readonly pattern: string; readonly flags: string } | undefined;

  constructor(kind: ObjectKind) {
    this.kind = kind;
  }

  // Most objects have few members or none, and many have no reader: collections are made when the first is kept.
  get fields(): ReadonlyMap<string, Value> {
    return this.ownFields ?? noFields;
  }

  setField(key: string, value: Value): void {
    this.ownFields ??= new Map();
    this.ownFields.set(key, value);
  }

  /** For a class: those of the tree that extend or implement it. */
  get subclasses(): readonly AbstractObject[] {
    return this.ownSubclasses ?? none;
  }

  addSubclass(cls: AbstractObject): void {
    this.ownSubclasses ??= [];
    if (!this.ownSubclasses.includes(cls)) this.ownSubclasses.push(cls);
  }

  get readers(): ReadonlySet<Instance> {
    return this.ownReaders ?? noReaders;
  }

  addReader(reader: Instance): void {
    this.ownReaders ??= new Set();
    this.ownReaders.add(reader);
  }
}
