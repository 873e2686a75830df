/**
 * What one source file does with what packages offer, as the call graph knows it. Lines are 1-based.
 * `whole` is false where the file, or what it hands on, was not followed to its end: then nothing may be said to be absent from it.
 */
export type CodeUse = {
  readonly path: string;
  readonly whole: boolean;
  readonly modules: readonly ModuleUse[];
};

/** One module of a package in one file: `lodash/fp` of npm, `PIL.Image` of Python. */
export type ModuleUse = {
  readonly specifier: string;
  /** Where the file loads it, or first takes what an import names; absent where the file has it from another one. */
  readonly imported?: number;
  /** Where something of it is called, or made an instance of, first. */
  readonly called?: number;
  /** Members that are taken from it, dotted (`fp.template`), each where it is met first. */
  readonly members: readonly { readonly name: string; readonly line: number }[];
  /** Members (`''`: the module itself), or what calls of them give, that go where the call graph does not follow, so that what is done with them is not known. */
  readonly escapes: readonly string[];
};
