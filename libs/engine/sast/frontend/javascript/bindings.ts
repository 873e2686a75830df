import type { TypeName } from '../../ir/module.ts';
import type { FunctionBuilder } from '../../ir/function-builder.ts';

/** A name that the program declares, and what is known of it before anything is lowered. */
export type Binding = {
  readonly name: string;
  readonly functionScope: Scope;
  /** How many times it gets a value, its declaration included. */
  writeCount: number;
  /** A function inside the declaring one assigns it, so that no single value stands for it at any point. */
  closureWritten: boolean;
  readonly importedFrom: { readonly specifier: string; readonly name: string } | undefined;
  annotation: TypeName | undefined;
  /** Set when the declaring function is lowered. */
  owner: FunctionBuilder | undefined;
  variable: number;
  /** What member paths through it begin with. */
  path: string | undefined;
};

/** Names declared by one block, function or module. */
export type Scope = {
  readonly parent: Scope | undefined;
  readonly names: Map<string, Binding>;
  /** The scope of the function that this block is part of (itself for a function). */
  readonly functionScope: Scope | undefined;
  readonly pending: Assignment[];
};

/** An assignment to a plain name. Units: UTF-16 offset. */
export type Assignment = { readonly position: number; readonly name: string; readonly functionScope: Scope; binding: Binding | undefined };

/** The binding that a name has in a scope. */
export function lookUp(scope: Scope, name: string): Binding | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const binding = at.names.get(name);
    if (binding !== undefined) return binding;
  }
  return undefined;
}
