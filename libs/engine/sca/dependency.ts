import type { SourceText } from '@lib/engine/sdk';
import type { Result } from '@lib/kernel';

/** Ecosystem names as the OSV schema spells them. */
export const ecosystems = ['npm', 'PyPI', 'Go', 'Maven', 'RubyGems', 'crates.io', 'Packagist', 'NuGet'] as const;
export type Ecosystem = (typeof ecosystems)[number];

/** A package and a version of it. Names are as the ecosystem compares them: Python's are normalised, NuGet's are lower case. */
export type Named = { readonly ecosystem: Ecosystem; readonly name: string; readonly version: string };

/** One package that a file resolves, and the lines (1-based, inclusive) that say so. */
export type LockedPackage = Named & {
  /** What edges of the same file call it. */
  readonly id: string;
  readonly startLine: number;
  readonly endLine: number;
  /** Ids of what it needs; ids that are not in the file are of no meaning. */
  readonly dependsOn: readonly string[];
  /** Set when the file itself says that the package is not needed in production. */
  readonly dev?: boolean;
  readonly license?: string;
  /** Where the file says that it comes from: an address or a registry. */
  readonly source?: string;
  /** The package runs a program of its own while it is installed. */
  readonly runsOnInstall?: boolean;
  /** The file says by a digest what must come. */
  readonly hasDigest?: boolean;
  /** Which versions its users ask for, by their id; npm only, where a lock file keeps them. */
  readonly asks?: Readonly<Record<string, string>>;
};

/** A package that the project itself asks for. */
export type RootRequest = { readonly id: string; readonly dev: boolean };

/** Something that a file asks for and that cannot be known from files alone. */
export type Unresolved = { readonly line: number; readonly detail: string };

/** What one file says. `roots` is undefined when the file (and what lies beside it) does not say what was asked for directly. */
export type Inventory = {
  readonly packages: readonly LockedPackage[];
  readonly roots: readonly RootRequest[] | undefined;
  readonly unresolved: readonly Unresolved[];
};

/** A file that its own format does not fit. */
export type LockError = { readonly code: 'syntax_error'; readonly detail: string };

/** What else is in the tree. Paths are POSIX, relative to the root; a file that is absent or no text is undefined. */
export type Surroundings = {
  readonly path: string;
  readonly has: (path: string) => boolean;
  /** Every path whose last part is that name, sorted. */
  readonly named: (fileName: string) => readonly string[];
  readonly read: (path: string) => SourceText | undefined;
};

/** Reads one kind of file. Packages are in the order of the file. */
export type InventoryReader = (source: SourceText, around: Surroundings) => Result<Inventory, LockError>;
