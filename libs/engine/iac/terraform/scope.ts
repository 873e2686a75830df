import { limits } from '@lib/contract';
import type { SourceFile, Value } from '../model/value.ts';
import type { Attribute, Block, Expression } from '../hcl/syntax.ts';

/** Something with the file that it is written in. */
export type Written<T> = { readonly node: T; readonly file: SourceFile };

/** A Terraform module: the files of one folder. */
export type Module = {
  readonly folder: string;
  readonly variables: ReadonlyMap<string, Written<Block>>;
  readonly locals: ReadonlyMap<string, Written<Attribute>>;
  /** By address: `aws_s3_bucket.logs`, `data.aws_iam_policy_document.x`. */
  readonly resources: ReadonlyMap<string, Written<Block>>;
  readonly calls: ReadonlyMap<string, Written<Block>>;
  /** Values that Terraform loads by itself for this folder, as a list in the order of precedence, last wins. */
  readonly assigned: ReadonlyMap<string, readonly Written<Expression>[]>;
  /** Variables that some file or caller may set to something we cannot tell. */
  readonly unsettled: ReadonlySet<string>;
  /** What the one caller passes in, with the caller's own scope. */
  readonly passed: ReadonlyMap<string, { readonly expression: Written<Expression>; readonly scope: Scope }>;
};

/** What an expression sees while it is evaluated. */
export type Scope = {
  readonly module: Module;
  readonly file: SourceFile;
  /** Names bound by `for` and `dynamic`. */
  readonly bindings: ReadonlyMap<string, Value>;
  readonly memory: Memory;
};

/** Shared by one module's evaluation: the budget, and values already worked out (undefined while in progress: a cycle). */
export type Memory = { values: number; limited: boolean; readonly known: Map<string, Value | undefined> };

/** Spends one value of the budget; false when it is gone. */
export function spend(scope: Scope, count = 1): boolean {
  scope.memory.values += count;
  if (scope.memory.values > limits.iacValuesMax) scope.memory.limited = true;
  return !scope.memory.limited;
}

/** Same module, another file. */
export function inFile(scope: Scope, file: SourceFile): Scope {
  return { ...scope, file, bindings: new Map() };
}

/** Same place, with more names. */
export function withBindings(scope: Scope, names: readonly (readonly [string, Value])[]): Scope {
  return { ...scope, bindings: new Map([...scope.bindings, ...names]) };
}
