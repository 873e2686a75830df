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

const entriesMax = 100; // files by which one package is entered

/** The files by which a package is entered, the main one first: those that its settings name, else those that habit does. */
export function entriesOf(layout: ProjectLayout, owner: ProjectPackage): readonly string[] {
  const named = owner.entries.flatMap((entry) => entryAt(layout, owner, entry) ?? []);
  const all = named.length > 0 ? named : habitual.flatMap((entry) => entryAt(layout, owner, entry) ?? []).slice(0, 1);
  return [...new Set(all)].slice(0, entriesMax);
}

/** The files that a package installs as programs. */
export function programsOf(layout: ProjectLayout, owner: ProjectPackage): readonly string[] {
  return owner.programs.flatMap((program) => entryAt(layout, owner, program) ?? []).slice(0, entriesMax);
}

const habitual: readonly string[] = ['index', 'src/index', 'lib/index'];
const outputFolder = /^(?:dist|lib|build|out|esm|cjs|es|umd)\/(?:(?:src|esm|cjs)\/)?/u;

/** Build output stands for the source that it is made from. */
function entryAt(layout: ProjectLayout, owner: ProjectPackage, entry: string): string | undefined {
  return fileAt(layout, owner.folder + entry) ?? fileAt(layout, owner.folder + entry.replace(outputFolder, 'src/'));
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
    if (specifier === owner.name) return entriesOf(layout, owner).slice(0, 1);
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
