import { limits } from '@lib/contract';
import type { SourceText, Tree, TreeFile } from '@lib/engine/sdk';
import { hiddenNames } from './hidden-names.ts';
import { npmNames, pythonModules, scriptNames, type Mention, type SourceKind } from './names-in-text.ts';

/** Where a name is mentioned: a file and a line of it, 1-based. */
export type MentionPlace = { readonly path: string; readonly line: number };

/** Sources of one kind. `whole` is false when some of them could not be read: then nothing is known to be absent. */
export type SourceIndex = {
  readonly whole: boolean;
  readonly files: readonly string[];
  /** Where what is loaded has no name in the text, one a file. */
  readonly hidden: readonly MentionPlace[];
  /** Places by name, in the order of files, one a file. */
  readonly places: ReadonlyMap<string, readonly MentionPlace[]>;
};

const sourcePaths: Readonly<Record<SourceKind, RegExp>> = {
  npm: /\.(?:[cm]?[jt]s|[jt]sx|vue|svelte|astro|html?|ejs|hbs|pug|php|cshtml)$|(?:^|\/)(?:\.(?:babelrc|eslintrc)(?:\.json)?|angular\.json|tsconfig[\w.-]{0,40}\.json)$/u,
  PyPI: /\.(?:py|pyi|ipynb)$/u,
};
const readers: Readonly<Record<SourceKind, (text: string) => readonly Mention[]>> = { npm: npmNames, PyPI: pythonModules };
const foreign = /(?:^|\/)(?:node_modules|bower_components|site-packages|\.venv|\.yarn)\//u;

/** Whether a path is a source that may say which packages are used. */
export function isUseSource(path: string): boolean {
  return !foreign.test(path) && Object.values(sourcePaths).some((pattern) => pattern.test(path));
}

/** Reads every source of a kind once and notes which names it mentions. Bounds: `scaSourceBytesMax`, `sourceFileBytesMax`. */
export function indexSources(tree: Tree, kind: SourceKind, open: (path: string) => SourceText | undefined): SourceIndex {
  const files = (tree.beside ?? []).filter(({ path }) => sourcePaths[kind].test(path));
  const places = new Map<string, MentionPlace[]>();
  const hidden: MentionPlace[] = [];
  let bytes = 0;
  let whole = true;
  for (const file of files) {
    bytes += file.bytes;
    const source = isReadable(file, bytes) ? open(file.path) : undefined;
    if (source === undefined) whole = false;
    else {
      note(places, { path: file.path, source, mentions: readers[kind](source.text) });
      const offset = hiddenNames(kind, source.text);
      if (offset !== undefined) hidden.push({ path: file.path, line: source.position(offset).line });
    }
  }
  if (kind === 'npm') noteScripts(tree, places, open);
  return { whole, files: files.map(({ path }) => path), hidden, places };
}

// A package.json names what it asks for, which is no use; what its scripts start is one.
function noteScripts(tree: Tree, places: Map<string, MentionPlace[]>, open: (path: string) => SourceText | undefined): void {
  for (const { path } of tree.files) {
    const source = /(?:^|\/)package\.json$/u.test(path) ? open(path) : undefined;
    if (source !== undefined) note(places, { path, source, mentions: scriptNames(source.text) });
  }
}

function isReadable(file: TreeFile, bytesSoFar: number): boolean {
  return file.bytes <= limits.sourceFileBytesMax && bytesSoFar <= limits.scaSourceBytesMax;
}

type Noted = { readonly path: string; readonly source: SourceText; readonly mentions: readonly Mention[] };

function note(places: Map<string, MentionPlace[]>, { path, source, mentions }: Noted): void {
  for (const { name, offset } of mentions) {
    const known = places.get(name);
    if (known?.at(-1)?.path === path) continue;
    const place = { path, line: source.position(offset).line };
    if (known === undefined) places.set(name, [place]);
    else known.push(place);
  }
}
