import type { Tree } from '@lib/engine/sdk';

/** Files of each Go package of a tree by the names that they declare. */
export type GoPackages = {
  readonly tree: Tree;
  readonly folders: ReadonlyMap<string, readonly string[]>;
  readonly names: Map<string, ReadonlyMap<string, string>>;
};

export function indexPackages(tree: Tree): GoPackages {
  const folders = new Map<string, string[]>();
  for (const { path } of tree.files) {
    if (!path.endsWith('.go')) continue;
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const known = folders.get(folder);
    if (known === undefined) folders.set(folder, [path]);
    else known.push(path);
  }
  return { tree, folders, names: new Map() };
}

/** The file that declares a name of a package: `go:.#Name` of the package of the file, `go:import/path#Name` of another of the tree. */
export function locateGoName(packages: GoPackages, specifier: string, fromPath: string): string | undefined {
  const [path = '', name = ''] = specifier.replace(/^go:/u, '').split('#');
  const folder = path === '.' ? fromPath.slice(0, Math.max(0, fromPath.lastIndexOf('/'))) : folderOf(packages, path);
  return folder === undefined ? undefined : namesOf(packages, folder).get(name);
}

/** The folder whose path ends the import path, the longest one. */
function folderOf({ folders }: GoPackages, path: string): string | undefined {
  const parts = path.split('/');
  for (let from = 1; from < parts.length; from++) {
    const folder = parts.slice(from).join('/');
    if (folders.has(folder)) return folder;
  }
  return undefined;
}

const declaration = /^(?:func|type|var|const)\s+(?:\([^)\n]*\)\s*)?(\w+)/gmu;
const methodHead = /^func\s*\(/u;

function namesOf(packages: GoPackages, folder: string): ReadonlyMap<string, string> {
  const known = packages.names.get(folder);
  if (known !== undefined) return known;
  const names = new Map<string, string>();
  packages.names.set(folder, names);
  for (const path of packages.folders.get(folder) ?? []) {
    const bytes = packages.tree.read(path);
    if (bytes === undefined) continue;
    for (const match of new TextDecoder().decode(bytes).matchAll(declaration))
      if (match[1] !== undefined && !methodHead.test(match[0]) && !names.has(match[1])) names.set(match[1], path);
  }
  return names;
}
