import { z } from 'zod';

/** Languages whose parser is WebAssembly, and the endings of their files. The others need nothing to be opened. */
const endings = { java: '.java', python: '.py', go: '.go' } as const;

export const grammarNames = ['java', 'python', 'go'] as const;
export const grammarNameSchema = z.enum(grammarNames);

/** A grammar that a runner opens before its sandbox closes, because nothing can be compiled after it. */
export type GrammarName = z.infer<typeof grammarNameSchema>;

/** The grammar that a file is parsed with, by its path alone. */
export function grammarOf(path: string): GrammarName | undefined {
  return grammarNames.find((name) => path.endsWith(endings[name]));
}

/**
 * The grammars that a sealed tree may need, from the text of its manifest. Told by the endings of paths without reading the list: one too
 * many costs some milliseconds.
 */
export function grammarsOfManifest(manifest: string): readonly GrammarName[] {
  return grammarNames.filter((name) => manifest.includes(`${endings[name]}"`));
}
