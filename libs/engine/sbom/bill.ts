import type { Component, CoverageCertificate } from '@lib/contract';

/** What a bill of materials is made of. Nothing in it is from a clock or a generator: the same bill is the same document. */
export type Bill = {
  readonly components: readonly Component[];
  readonly certificate: CoverageCertificate;
  /** What the packages are part of: a project, by any name. */
  readonly subject: string;
  readonly tool: { readonly version: string };
  /** UTC, to the second: `2026-08-21T10:00:00Z`. */
  readonly createdAt: string;
  /** A version 4 UUID that no other document has. */
  readonly documentId: string;
};

/** A package of the tree, with every file that resolves it. */
export type BilledPackage = Omit<Component, 'path'> & { readonly paths: readonly string[] };

/** One package a package URL, sorted by it: what several files say of it is said once. */
export function billedPackages(components: readonly Component[]): readonly BilledPackage[] {
  return [...Map.groupBy(components, ({ purl }) => purl)].map(([, places]) => merged(places)).toSorted((a, b) => byText(a.purl, b.purl));
}

function merged(places: readonly Component[]): BilledPackage {
  const [first = noComponent] = places;
  const license = places.find((place) => place.license !== undefined)?.license;
  const direct = places.flatMap((place) => place.direct ?? []);
  return {
    purl: first.purl,
    name: first.name,
    version: first.version,
    ...(license === undefined ? {} : { license }),
    ...(direct.length === 0 ? {} : { direct: direct.includes(true) }),
    dev: places.every(({ dev }) => dev),
    dependsOn: [...new Set(places.flatMap(({ dependsOn }) => dependsOn))].toSorted(byText),
    paths: [...new Set(places.map(({ path }) => path))].toSorted(byText),
  };
}

const noComponent: Component = { purl: '', name: '', version: '', path: '', dev: false, dependsOn: [] };

/** Whether anything is known to be missing from a bill: files that were not read, or that ask for what only a registry could say. */
export function isIncomplete({ complete, counts }: CoverageCertificate): boolean {
  return !complete || (counts.unresolved ?? 0) > 0;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
