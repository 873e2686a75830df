import type { Inventory, LockedPackage } from '../dependency.ts';

/** How a package comes into a project. */
export type Trace = {
  /** Undefined when the file does not say what was asked for. */
  readonly direct: boolean | undefined;
  /** Whether only development asks for it. */
  readonly dev: boolean;
  /** Packages from one that the project asks for to this one, both included; the shortest such way. Empty when it is not known. */
  readonly path: readonly LockedPackage[];
};

/** Finds, for each package of an inventory by its id, the shortest way from what the project asks for. Linear in packages and edges. */
export function tracePaths({ packages, roots }: Inventory): (id: string) => Trace {
  const byId = new Map(packages.map((found) => [found.id, found]));
  const production = walk(
    byId,
    (roots ?? []).filter((root) => !root.dev),
  );
  const all = walk(byId, roots ?? []);
  const direct = new Set((roots ?? []).map((root) => root.id));
  return (id) => {
    const [found, reached] = [byId.get(id), production.has(id) || all.has(id)];
    const devByRoots = roots !== undefined && reached && !production.has(id);
    return {
      direct: roots === undefined ? undefined : direct.has(id),
      dev: found?.dev ?? devByRoots,
      path: pathTo(byId, production.has(id) ? production : all, id),
    };
  };
}

/** Of each package that was reached, the one from which. */
type Walk = ReadonlyMap<string, string | undefined>;

function walk(byId: ReadonlyMap<string, LockedPackage>, roots: readonly { readonly id: string }[]): Walk {
  const from = new Map<string, string | undefined>(roots.filter(({ id }) => byId.has(id)).map(({ id }) => [id, undefined]));
  // a map is walked in the order in which it grows
  for (const [id] of from) {
    for (const next of byId.get(id)?.dependsOn ?? []) if (byId.has(next) && !from.has(next)) from.set(next, id);
  }
  return from;
}

function pathTo(byId: ReadonlyMap<string, LockedPackage>, from: Walk, id: string): readonly LockedPackage[] {
  const path: LockedPackage[] = [];
  for (let at: string | undefined = from.has(id) ? id : undefined; at !== undefined; at = from.get(at)) {
    const found = byId.get(at);
    if (found !== undefined) path.unshift(found);
  }
  return path;
}
