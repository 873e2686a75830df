import { limits } from '@lib/contract';
import type { SourceFile, Value } from '../model/value.ts';
import type { Attribute, Block, Expression } from '../hcl/syntax.ts';

/** Something with the file that it is written in. */
export type Written<T> = { readonly node: T; readonly file: SourceFile };

/** A Terraform module as written: the files of one folder. */
export type Module = {
  readonly folder: string;
  readonly variables: ReadonlyMap<string, Written<Block>>;
  readonly locals: ReadonlyMap<string, Written<Attribute>>;
  readonly outputs: ReadonlyMap<string, Written<Block>>;
  /** By address: `aws_s3_bucket.logs`, `data.aws_iam_policy_document.x`. */
  readonly resources: ReadonlyMap<string, Written<Block>>;
  readonly calls: ReadonlyMap<string, Written<Block>>;
  /** Values that Terraform loads by itself for this folder, as a list in the order of precedence, last wins. */
  readonly assigned: ReadonlyMap<string, readonly Written<Expression>[]>;
  /** Variables that a file chosen by hand may set to something we cannot tell. */
  readonly unsettled: ReadonlySet<string>;
};

/** An expression with the scope that it is evaluated in. */
export type Passed = { readonly expression: Written<Expression>; readonly scope: Scope };

/** A module as it is called: one for each member of the call's `count` or `for_each`. */
export type Instance = {
  /** Stands before the addresses of its resources: `module.a.module.b.`; empty for a root. */
  readonly prefix: string;
  /** What the caller passes in; undefined for a root. */
  readonly passed: ReadonlyMap<string, Passed> | undefined;
  /** Values already worked out; undefined while in progress: a cycle. */
  readonly known: Map<string, Value | undefined>;
  /** By the name of the call: each member's scope, with its key when it is known. */
  readonly children: Map<string, readonly Child[]>;
};

/** A called module; `key` is the member of `for_each` or `count` that it stands for. */
export type Child = { readonly key: string | undefined; readonly scope: Scope };

/** What an expression sees while it is evaluated. */
export type Scope = {
  readonly module: Module;
  readonly instance: Instance;
  readonly file: SourceFile;
  /** Names bound by `for`, `dynamic`, `each` and `count`. */
  readonly bindings: ReadonlyMap<string, Value>;
  readonly memory: Memory;
};

/** Shared by all that one root leads to: the budget of values and of module instances. */
export type Memory = { values: number; instances: number; limited: boolean };

/** Spends one value of the budget; false when it is gone. */
export function spend(scope: Scope, count = 1): boolean {
  scope.memory.values += count;
  if (scope.memory.values > limits.iacValuesMax) scope.memory.limited = true;
  return !scope.memory.limited;
}

/** Same module, another file, nothing bound. */
export function inFile(scope: Scope, file: SourceFile): Scope {
  return { ...scope, file, bindings: new Map() };
}

/** Same place, with more names. */
export function withBindings(scope: Scope, names: readonly (readonly [string, Value])[]): Scope {
  return names.length === 0 ? scope : { ...scope, bindings: new Map([...scope.bindings, ...names]) };
}
