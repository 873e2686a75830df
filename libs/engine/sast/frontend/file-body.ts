import { FunctionBuilder, type Span } from '../ir/function-builder.ts';
import { emptyFunction, type IrFunction, type IrModule } from '../ir/module.ts';

/** Begins the function that a file's own statements are: the first of the module, without a name or a parent. */
export function beginFileBody(span: Span): FunctionBuilder {
  return new FunctionBuilder({
    id: 0,
    name: '',
    parent: undefined,
    parameters: [],
    decorators: [],
    isAsync: false,
    isGenerator: false,
    isExported: false,
    span,
  });
}

/** A file that has been lowered, but for its body. */
export type LoweredFile = {
  readonly functions: readonly (IrFunction | undefined)[];
  readonly limitsReached: ReadonlySet<string>;
  readonly instructionCount: number;
};

/** Ends the body and makes the module of it. A function that lay too deep to be lowered is an empty one. */
export function finishFile(body: FunctionBuilder, file: LoweredFile, about: Pick<IrModule, 'path' | 'language'>): IrModule {
  const functions = file.functions.with(0, body.finish()).map((done, id) => done ?? emptyFunction(id));
  return { ...about, functions, instructionCount: file.instructionCount, limitsReached: [...file.limitsReached] };
}
