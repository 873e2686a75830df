import type { TypeName } from './type-name.ts';

/** Index of a value in the function that computes it. Every instruction computes exactly one value. */
export type ValueId = number;

/** A primitive that the program spells out. A bigint is kept as its digits; `undefined` is a value of its own. */
export type Primitive = string | number | boolean | null | undefined;

/** A property key: known, computed by a value, or any (an element that is not told apart). */
export type Key = { readonly name: string } | { readonly computed: ValueId } | { readonly any: true };

/** An argument of a call; a spread argument stands for any number of them. */
export type Argument = { readonly value: ValueId; readonly spread: boolean };

/** An argument that names its parameter; `**` stands for a mapping of any of them. */
export type NamedArgument = { readonly name: string; readonly value: ValueId };

/** Which way a test went where a refinement holds: it was true, it was false, or the call that makes it came back at all. */
export type Outcome = 'true' | 'false' | 'returned';

/**
 * What every front end lowers to: single-assignment values in one straight list per function, with `phi` where ways meet and
 * `refine` where a test is known to have gone one way. No instruction names a language.
 */
export type Instruction =
  | { readonly op: 'constant'; readonly value: Primitive }
  | { readonly op: 'regexp'; readonly pattern: string; readonly flags: string }
  | { readonly op: 'unknown' }
  | { readonly op: 'global'; readonly name: string }
  | { readonly op: 'import'; readonly specifier: string; readonly name: string }
  /** A class or other type by its full name, or the names that it may have joined by `|`: the first that is known. */
  | { readonly op: 'type'; readonly name: string }
  /** The value, of which the source also says the type. */
  | { readonly op: 'declared'; readonly value: ValueId; readonly type: TypeName }
  | { readonly op: 'parameter'; readonly index: number; readonly rest: boolean }
  | { readonly op: 'arguments' }
  | { readonly op: 'receiver' }
  | { readonly op: 'outer'; readonly hops: number; readonly value: ValueId }
  | { readonly op: 'cell'; readonly hops: number; readonly variable: number }
  | { readonly op: 'assign'; readonly hops: number; readonly variable: number; readonly value: ValueId }
  /** Where ways meet; `connective` when it is what `&&` or `||` makes of two tests. */
  | { readonly op: 'phi'; readonly inputs: ValueId[]; readonly connective?: '&&' | '||' }
  | { readonly op: 'refine'; readonly value: ValueId; readonly test: ValueId; readonly outcome: Outcome }
  | { readonly op: 'choose'; readonly preferred: ValueId; readonly otherwise: ValueId }
  | { readonly op: 'absent' }
  | { readonly op: 'load'; readonly object: ValueId; readonly key: Key }
  | {
      readonly op: 'store';
      readonly object: ValueId;
      readonly key: Key;
      readonly value: ValueId;
      /** The value is a function that is run whenever the member is read. */
      readonly isGetter?: boolean;
    }
  | { readonly op: 'object' }
  /** `isTuple`: what a function gives back that gives several values. */
  | { readonly op: 'array'; readonly elements: readonly Argument[]; readonly isTuple?: boolean }
  | { readonly op: 'spread'; readonly target: ValueId; readonly source: ValueId; readonly except: readonly string[] }
  | { readonly op: 'function'; readonly id: number }
  | {
      readonly op: 'class';
      /** Functions that may make an instance; calls pick one by the number of arguments. */
      readonly constructorIds: readonly number[];
      readonly parent: ValueId | undefined;
      /** What it also says to be: an instance of it may stand where one of these is wanted. */
      readonly interfaces: readonly ValueId[];
      readonly name: string;
    }
  | {
      readonly op: 'call';
      readonly form: 'call' | 'new' | 'template';
      readonly callee: ValueId;
      readonly receiver: ValueId | undefined;
      readonly arguments: readonly Argument[];
      readonly named?: readonly NamedArgument[];
      /** The names by which the callee was reached, for when nothing else is known: `['this', 'db', 'query']`. */
      readonly spelling: readonly string[];
    }
  | { readonly op: 'binary'; readonly operator: string; readonly left: ValueId; readonly right: ValueId }
  | { readonly op: 'unary'; readonly operator: string; readonly operand: ValueId }
  | { readonly op: 'concat'; readonly parts: readonly ValueId[] }
  | { readonly op: 'await'; readonly value: ValueId }
  | { readonly op: 'element'; readonly of: ValueId }
  | { readonly op: 'keys'; readonly of: ValueId }
  | { readonly op: 'return'; readonly value: ValueId }
  | { readonly op: 'yield'; readonly value: ValueId }
  | { readonly op: 'throw'; readonly value: ValueId }
  /** What a handler is given: whatever the instructions from `from` up to `to` throw. */
  | { readonly op: 'caught'; readonly from: ValueId; readonly to: ValueId };
