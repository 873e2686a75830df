import posix from 'node:path/posix';
import type { PathAlias, ProjectLayout, ProjectPackage } from './project-layout.ts';

const endings: readonly string[] = [
  '',
  ...['.ts', '.tsx', '.js', '.jsx', '.mjs', '.cjs', '.mts', '.cts'],
  ...['/index.ts', '/index.tsx', '/index.js', '/index.mjs', '/index.cjs'],
];
const source = /\.[cm]?[jt]sx?$/u;

/** The file of the tree that an import means: a relative one, one by an alias of the compiler settings, or a package of the tree by its name. */
export function locateModule(layout: ProjectLayout, specifier: string, fromPath: string): string | undefined {
  for (const base of basesOf(layout, specifier, fromPath)) {
    const found = fileAt(layout, base);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The file that stands for a package as a whole. Build output stands for the source that it is made from. */
export function entryOf(layout: ProjectLayout, owner: ProjectPackage): string | undefined {
  for (const entry of owner.entries) {
    for (const candidate of [entry, entry.replace(/^(?:dist|lib|build|out|esm|cjs|es|umd)\/(?:(?:src|esm|cjs)\/)?/u, 'src/')]) {
      const found = fileAt(layout, owner.folder + candidate);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function fileAt({ paths }: ProjectLayout, base: string): string | undefined {
  for (const ending of endings) if (paths.has(base + ending) && source.test(base + ending)) return base + ending;
  // `./x.js` in TypeScript means `./x.ts`.
  const stem = base.replace(/\.d\.[cm]?ts$|\.[cm]?jsx?$/u, '');
  if (stem === base) return undefined;
  const ending = endings.find((candidate) => candidate !== '' && paths.has(stem + candidate));
  return ending === undefined ? undefined : stem + ending;
}

function basesOf(layout: ProjectLayout, specifier: string, fromPath: string): readonly string[] {
  if (specifier.startsWith('.')) {
    const base = posix.join(posix.dirname(fromPath), specifier);
    return base.startsWith('..') ? [] : [base === '.' ? 'index' : base.replace(/\/$/u, '')];
  }
  return [...aliased(layout, specifier, fromPath), ...inPackages(layout, specifier), ...byHabit(specifier, fromPath)];
}

function aliased({ aliases }: ProjectLayout, specifier: string, fromPath: string): readonly string[] {
  const fits = (alias: PathAlias): boolean =>
    fromPath.startsWith(alias.scope) && (alias.isExact ? specifier === alias.prefix : specifier.startsWith(alias.prefix));
  const longest = aliases.filter(fits).toSorted((a, b) => b.prefix.length - a.prefix.length);
  return longest.flatMap(({ prefix, targets }) =>
    targets.map((target) => posix.normalize(target.replace('*', () => specifier.slice(prefix.length)))),
  );
}

function inPackages(layout: ProjectLayout, specifier: string): readonly string[] {
  return layout.packages.flatMap((owner) => {
    if (owner.name === '' || !specifier.startsWith(owner.name)) return [];
    if (specifier === owner.name) return entryOf(layout, owner) ?? [];
    const rest = specifier.slice(owner.name.length);
    return rest.startsWith('/') ? [`${owner.folder}${rest.slice(1)}`, `${owner.folder}src${rest}`] : [];
  });
}

/** `@/x` and `~/x` mean the source folder wherever nothing says otherwise. */
function byHabit(specifier: string, fromPath: string): readonly string[] {
  const alias = /^(?:@|~)\/(.+)$/u.exec(specifier)?.[1];
  if (alias === undefined) return [];
  const sourceFolder = /^(.*?)(?:src|app|lib)\//u.exec(fromPath);
  return sourceFolder === null ? [alias] : [`${sourceFolder[0]}${alias}`, `${sourceFolder[1] ?? ''}${alias}`, alias];
}
