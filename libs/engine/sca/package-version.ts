/** Ecosystem names as the OSV schema spells them. */
export const ecosystems = ['npm', 'PyPI', 'Go', 'Maven', 'RubyGems', 'crates.io', 'Packagist'] as const;
export type Ecosystem = (typeof ecosystems)[number];

/** A package and a version of it. */
export type Named = { readonly ecosystem: Ecosystem; readonly name: string; readonly version: string };

/** One resolved package in a lock file, and the lines (1-based, inclusive) that say so. */
export type PackageVersion = Named & {
  readonly startLine: number;
  readonly endLine: number;
};
