import posix from 'node:path/posix';
import { z } from 'zod';
import { limits } from '@lib/contract';
import type { Tree } from '@lib/engine/sdk';
import { isBuiltPath } from './is-built-path.ts';
import { lenientJson } from './lenient-json.ts';

/** A package of the tree. `folder` ends in a slash unless it is the root, which is empty. */
export type ProjectPackage = {
  readonly folder: string;
  readonly name: string;
  /** Paths, relative to the folder, that importers by name may mean, the main one first. */
  readonly entries: readonly string[];
  /** Paths, relative to the folder, of the programs that it installs. */
  readonly programs: readonly string[];
  /** Meant to be installed by others, who then call what it exports. */
  readonly isLibrary: boolean;
};

/** Names for folders that a compiler setting gives: `@app/*` means `<folder>src/*`. */
export type PathAlias = { readonly scope: string; readonly prefix: string; readonly isExact: boolean; readonly targets: readonly string[] };

/** What settings files say of how modules find each other. */
export type ProjectLayout = {
  readonly paths: ReadonlySet<string>;
  readonly packages: readonly ProjectPackage[];
  readonly aliases: readonly PathAlias[];
};

const packageSchema = z.object({
  name: z.string().max(limits.pathBytesMax).optional().catch(undefined),
  private: z.boolean().optional().catch(undefined),
  main: z.string().optional().catch(undefined),
  module: z.string().optional().catch(undefined),
  source: z.string().optional().catch(undefined),
  exports: z.unknown().optional(),
  bin: z.unknown().optional(),
});

const compilerSchema = z.object({
  compilerOptions: z
    .object({
      baseUrl: z.string().optional().catch(undefined),
      paths: z.record(z.string(), z.array(z.string())).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/** Reads every `package.json` and compiler setting of the tree. What is not understood is as if it were not there. */
export function readLayout(tree: Tree): ProjectLayout {
  const packages: ProjectPackage[] = [];
  const aliases: PathAlias[] = [];
  for (const { path } of tree.files) {
    if (!path.endsWith('.json')) continue;
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const settings = lenientJson(new TextDecoder().decode(tree.read(path) ?? new Uint8Array()));
    if (path.endsWith('package.json')) packages.push(...packageOf(folder, settings));
    else aliases.push(...aliasesOf(folder, settings));
  }
  return { paths: currentPaths(tree, packages), packages, aliases };
}

/** Whether a path holds settings that `readLayout` understands. */
export function isSettingsPath(path: string): boolean {
  return /(?:^|\/)(?:package|(?:ts|js)config(?:\.[\w-]+)?)\.json$/u.test(path);
}

function packageOf(folder: string, settings: unknown): readonly ProjectPackage[] {
  const parsed = packageSchema.safeParse(settings);
  if (!parsed.success) return [];
  const { name, main, module, source, exports, bin } = parsed.data;
  const given = [source, ...stringsIn(exports, exportsDepthMax), module, main].filter((entry) => entry !== undefined);
  const isLibrary = name !== undefined && parsed.data.private !== true;
  return [{ folder, name: name ?? '', entries: normalized(given), programs: normalized(stringsIn(bin, 2)), isLibrary }];
}

function normalized(entries: readonly string[]): readonly string[] {
  return [...new Set(entries.map((entry) => posix.normalize(entry.replace(/^\.?\//u, ''))))];
}

/** The files of the tree, less build output whose source is there as well. */
function currentPaths(tree: Tree, packages: readonly ProjectPackage[]): ReadonlySet<string> {
  const folders = packages.map(({ folder }) => folder).toSorted((a, b) => b.length - a.length);
  const ownerOf = (path: string): string => folders.find((folder) => path.startsWith(folder)) ?? '';
  const withSource = new Set<string>();
  for (const { path } of tree.files) {
    if (isBuiltPath(path) || isSettingsPath(path)) continue;
    const owner = ownerOf(path);
    if (/^(?:src|source|ts)\//u.test(path.slice(owner.length))) withSource.add(owner);
  }
  const isCurrent = (path: string): boolean => !isBuiltPath(path) || (/\.[cm]?js$/u.test(path) && !withSource.has(ownerOf(path)));
  return new Set(tree.files.map(({ path }) => path).filter(isCurrent));
}

const exportsDepthMax = 4; // conditions in conditions of an `exports` field

function stringsIn(value: unknown, depth: number): readonly string[] {
  if (typeof value === 'string') return value.includes('*') ? [] : [value];
  if (typeof value !== 'object' || value === null || depth === 0) return [];
  return Object.values(value).flatMap((inner) => stringsIn(inner, depth - 1));
}

function aliasesOf(folder: string, settings: unknown): readonly PathAlias[] {
  const parsed = compilerSchema.safeParse(settings);
  const { baseUrl, paths = {} } = parsed.data?.compilerOptions ?? {};
  const base = posix.join(folder, baseUrl ?? '.');
  const places = (targets: readonly string[]): readonly string[] => targets.map((target) => posix.join(base, target));
  const named = Object.entries(paths).map(([pattern, targets]) => {
    const isExact = !pattern.endsWith('*');
    return { scope: folder, prefix: isExact ? pattern : pattern.slice(0, -1), isExact, targets: places(targets) };
  });
  return baseUrl === undefined ? named : [...named, { scope: folder, prefix: '', isExact: false, targets: places(['*']) }];
}
