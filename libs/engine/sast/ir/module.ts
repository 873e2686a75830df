import type { Instruction, ValueId } from './instruction.ts';
import type { TypeName } from './type-name.ts';

/** What the source says about a parameter beyond its name. */
export type Parameter = {
  readonly name: string;
  /** Properties that are taken from it at once: `({ body, params }, reply)`. */
  readonly properties: readonly string[];
  /** The named type it is declared with, and the module that the name was imported from. */
  readonly annotation: TypeName | undefined;
  /** Decorators that stand before it, such as `@Query('id')`. */
  readonly decorators: readonly Decorator[];
};

export type { TypeName };
export type Decorator = { readonly name: string; readonly from: string | undefined; readonly argument: string | undefined };

/** A variable of a function and every value that is written to it, wherever that happens in the function itself. */
export type Variable = { readonly name: string; readonly writes: ValueId[]; readonly annotation: TypeName | undefined };

/** Instructions that follow each other, the end exclusive. */
export type Stretch = { readonly from: ValueId; readonly to: ValueId };

/** One function, or the body of a module. */
export type IrFunction = {
  readonly id: number;
  readonly name: string;
  readonly parent: number | undefined;
  readonly parameters: readonly Parameter[];
  readonly decorators: readonly Decorator[];
  /** What it gives back, where the source says so, as it is written there. */
  readonly returnType?: string;
  readonly isAsync: boolean;
  readonly isGenerator: boolean;
  readonly isExported: boolean;
  /** Stretches of code whose exceptions are handled in the function itself. */
  readonly handled: readonly Stretch[];
  /** The `phi` at the head of each loop: they depend on values after them, so that one pass may not be enough. */
  readonly loopHeads: readonly ValueId[];
  readonly code: readonly Instruction[];
  /** Where each instruction stands: start and end at twice its index. Units: UTF-16 offsets, end exclusive. */
  readonly spans: readonly number[];
  readonly variables: readonly Variable[];
  /** For each parameter, the value it has wherever the function comes back: what a caller may believe afterwards. */
  readonly parameterExits: readonly (ValueId | undefined)[];
  readonly start: number;
  readonly end: number;
};

/** A lowered file. `functions[0]` is its body. */
export type IrModule = {
  readonly path: string;
  /** What the methods of texts and collections are called, and whether calls pick functions by their number of arguments. */
  readonly language: 'javascript' | 'java' | 'python' | 'go';
  readonly functions: readonly IrFunction[];
  readonly instructionCount: number;
  /** Limits that cut the lowering short, if any, for the coverage certificate. */
  readonly limitsReached: readonly string[];
  /** Checks of who asks that stand in it as comments. Units: UTF-16 offsets, end exclusive. */
  readonly disabledGuards?: readonly { readonly start: number; readonly end: number }[];
};

/** Stands for a function whose body lay too deep to be lowered. */
export function emptyFunction(id: number): IrFunction {
  return {
    id,
    name: '',
    parent: 0,
    parameters: [],
    decorators: [],
    isAsync: false,
    isGenerator: false,
    isExported: false,
    handled: [],
    loopHeads: [],
    code: [],
    spans: [],
    variables: [],
    parameterExits: [],
    start: 0,
    end: 0,
  };
}
