/** Java files of a tree by their simple names, so that a full class name leads to its file. */
export type ClassIndex = ReadonlyMap<string, readonly string[]>;

export function indexClasses(paths: Iterable<string>): ClassIndex {
  const index = new Map<string, string[]>();
  for (const path of paths) {
    if (!path.endsWith('.java')) continue;
    const name = path.slice(path.lastIndexOf('/') + 1, -'.java'.length);
    const known = index.get(name);
    if (known === undefined) index.set(name, [path]);
    else known.push(path);
  }
  return index;
}

/** The file that a class with this full name stands in: that of the class itself, or of the class around it. */
export function locateClass(index: ClassIndex, fullName: string): string | undefined {
  const parts = fullName.split('.');
  for (let length = parts.length; length > 0; length--) {
    const simple = parts[length - 1] ?? '';
    const wanted = `${parts.slice(0, length).join('/')}.java`;
    const path = index.get(simple)?.find((candidate) => candidate === wanted || candidate.endsWith(`/${wanted}`));
    if (path !== undefined) return path;
  }
  return undefined;
}
