import type { CodeUse, ModuleUse } from '@lib/engine/sdk';
import type { MentionPlace } from './index-sources.ts';
import type { SourceKind } from './names-in-text.ts';

/** A package as its users import it, and the functions that its advisories name. */
export type CallQuestion = {
  readonly kind: SourceKind;
  /** What it is imported as: the package of npm, modules of Python. */
  readonly names: readonly string[];
  /** Functions without which none of the advisories applies, as `template` or `yaml.load`; undefined where an advisory names none. */
  readonly symbols: readonly string[] | undefined;
  readonly codeUses: readonly CodeUse[];
  /** Files whose text names it. */
  readonly mentions: readonly MentionPlace[];
  /** Nothing else can use it: every source was followed, nothing is hidden, and no other package needs it. */
  readonly isClosed: boolean;
};

/** What the call graph knows of a package. */
export type Calls =
  | { readonly kind: 'vulnerable_called'; readonly place: string; readonly symbol: string }
  | { readonly kind: 'vulnerable_not_called'; readonly place: string; readonly symbols: readonly string[] }
  | { readonly kind: 'called' | 'imported'; readonly place: string };

/** Answers the most that is known: that a function which an advisory names is used, that none is, that it is called, that it is imported. */
export function judgeCalls(question: CallQuestion): Calls | undefined {
  const { symbols, codeUses, isClosed } = question;
  const uses = codeUses.flatMap(({ path, modules }) =>
    modules.flatMap((module) => {
      const prefix = prefixOf(question, module.specifier);
      return prefix === undefined ? [] : [{ path, module, prefix }];
    }),
  );
  if (uses.length === 0) return undefined;
  const wanted = (symbols ?? []).map((symbol) => partsOf(question, symbol));
  for (const use of uses) {
    const hit = firstWanted(use, wanted);
    if (hit !== undefined) return { kind: 'vulnerable_called', place: `${use.path}:${hit.line}`, symbol: hit.symbol };
  }
  const calls = placeOf(uses, ({ called }) => called);
  const place = calls ?? placeOf(uses, ({ imported }) => imported);
  if (place === undefined) return undefined;
  if (symbols !== undefined && isClosed && isSeenWhole(question) && !uses.some((use) => wanted.some((parts) => mayReach(use, parts))))
    return { kind: 'vulnerable_not_called', place, symbols };
  return { kind: calls === undefined ? 'imported' : 'called', place };
}

type ModuleInFile = { readonly path: string; readonly module: ModuleUse; readonly prefix: readonly string[] };

/** The names between the package and the module; undefined when it is of another package. */
function prefixOf({ kind, names }: CallQuestion, specifier: string): readonly string[] | undefined {
  if (kind === 'PyPI')
    return names.some((name) => specifier === name || specifier.startsWith(`${name}.`)) ? specifier.split('.') : undefined;
  const [name] = names;
  if (specifier === name) return [];
  return specifier.startsWith(`${name ?? ''}/`) ? specifier.slice((name ?? '').length + 1).split('/') : undefined;
}

// `lodash.template`, `(lodash).template` and `template` are one; Python's begin with their module.
function partsOf({ kind, names }: CallQuestion, symbol: string): readonly string[] {
  const parts = symbol.replaceAll(/[()]/gu, '').split('.');
  return kind === 'npm' && parts.length > 1 && parts[0] === names[0] ? parts.slice(1) : parts;
}

function firstWanted({ module, prefix }: ModuleInFile, wanted: readonly (readonly string[])[]) {
  const met = [{ name: '', line: module.imported ?? module.called ?? 1 }, ...module.members];
  for (const { name, line } of met) {
    const path = name === '' ? prefix : [...prefix, ...name.split('.')];
    const parts = wanted.find((candidate) => holds(path, candidate));
    if (parts !== undefined) return { line, symbol: parts.join('.') };
  }
  return undefined;
}

// Packages offer one function by several ways (`lodash/template`, `fp.template`): its name anywhere on the way counts.
function holds(path: readonly string[], parts: readonly string[]): boolean {
  return path.some((_, at) => parts.every((part, offset) => bare(path[at + offset]) === part));
}

function bare(name: string | undefined): string | undefined {
  return name?.replace(/\.[cm]?js$/u, '');
}

/** Whether a value that nobody follows further may be what holds the function. */
function mayReach({ module, prefix }: ModuleInFile, parts: readonly string[]): boolean {
  return module.escapes.some((name) => {
    if (name === '') return true;
    const path = [...prefix, ...name.split('.')];
    return path.some((_, at) => path.slice(at).every((part, offset) => part === parts[offset]));
  });
}

// A file that names the package and does not import it, as a setting does, may use all of it.
function isSeenWhole({ codeUses, mentions, ...question }: CallQuestion): boolean {
  const seen = new Set(
    codeUses.flatMap(({ path, modules }) =>
      modules.some(({ specifier }) => prefixOf({ codeUses, mentions, ...question }, specifier) !== undefined) ? [path] : [],
    ),
  );
  return mentions.every(({ path }) => seen.has(path));
}

function placeOf(uses: readonly ModuleInFile[], lineOf: (module: ModuleUse) => number | undefined): string | undefined {
  for (const { path, module } of uses) {
    const line = lineOf(module);
    if (line !== undefined) return `${path}:${line}`;
  }
  return undefined;
}
