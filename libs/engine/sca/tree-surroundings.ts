import posix from 'node:path/posix';
import { sourceText, type SourceText, type SourceTextError, type Tree } from '@lib/engine/sdk';
import type { Surroundings } from './dependency.ts';

/** The files of a tree as readers see them: each decoded once. */
export type TreeSurroundings = {
  /** The file, why it is no text, or undefined when the host could not give it. */
  readonly open: (path: string) => SourceText | SourceTextError | undefined;
  readonly around: (path: string) => Surroundings;
};

/** Indexes the paths of a tree. */
export function treeSurroundings(tree: Tree): TreeSurroundings {
  const paths = new Set(tree.files.map((file) => file.path));
  const named = Map.groupBy([...paths].toSorted(), (path) => posix.basename(path));
  const opened = new Map<string, SourceText | SourceTextError | undefined>();
  const open = (path: string): SourceText | SourceTextError | undefined => {
    if (!opened.has(path)) opened.set(path, paths.has(path) ? decode(tree.read(path)) : undefined);
    return opened.get(path);
  };
  return {
    open,
    around: (path) => ({
      path,
      has: (other) => paths.has(other),
      named: (fileName) => named.get(fileName) ?? [],
      read: (other) => {
        const found = open(other);
        return found === undefined || 'code' in found ? undefined : found;
      },
    }),
  };
}

function decode(bytes: Uint8Array | undefined): SourceText | SourceTextError | undefined {
  if (bytes === undefined) return undefined;
  const source = sourceText(bytes);
  return source.ok ? source.value : source.error;
}
