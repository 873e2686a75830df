import { limits, type Component } from '@lib/contract';
import type { Inventory } from './dependency.ts';
import { tracePaths } from './inventory/trace-paths.ts';
import { packageUrl } from './package-url.ts';

/**
 * What a file resolves, as lines of a bill of materials: one a package and version, in the order of the file. A package that stands in
 * several folders needs what any of them needs, and is for development alone when all of them are. Linear in packages and edges.
 */
export function listComponents(path: string, inventory: Inventory): readonly Component[] {
  const traceOf = tracePaths(inventory);
  const purls = new Map(inventory.packages.map((found) => [found.id, packageUrl(found)]));
  const byPurl = Map.groupBy(inventory.packages, ({ id }) => purls.get(id) ?? id);
  return [...byPurl].map(([purl, places]) => {
    const [first] = places;
    const traces = places.map(({ id }) => traceOf(id));
    const license = places.find((found) => found.license !== undefined)?.license;
    const needed = new Set(places.flatMap(({ dependsOn }) => dependsOn.flatMap((id) => purls.get(id) ?? [])));
    needed.delete(purl);
    return {
      purl,
      name: first?.name ?? purl,
      version: first?.version ?? '',
      path,
      ...(license === undefined ? {} : { license: license.slice(0, limits.noteCharsMax) }),
      ...(inventory.roots === undefined ? {} : { direct: traces.some((trace) => trace.direct === true) }),
      dev: traces.every((trace) => trace.dev),
      dependsOn: [...needed].toSorted(byText),
    };
  });
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
