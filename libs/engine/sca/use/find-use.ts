import posix from 'node:path/posix';
import { limits, type FindingDraft } from '@lib/contract';
import type { CodeUse } from '@lib/engine/sdk';
import type { Inventory, LockedPackage } from '../dependency.ts';
import type { MentionPlace, SourceIndex } from './index-sources.ts';
import { judgeCalls, type Calls } from './judge-calls.ts';
import { pythonModuleNames } from './python-module-names.ts';
import type { SourceKind } from './names-in-text.ts';

/** Whether sources use a package, as the certificate of a finding says it. */
export type Use = NonNullable<NonNullable<FindingDraft['dependency']>['use']>;

/** One file's packages, and the sources below its folder. */
export type UseQuestion = {
  readonly kind: SourceKind;
  readonly path: string;
  readonly inventory: Inventory;
  readonly sources: SourceIndex;
  /** What the call graph knows of the sources; undefined where nobody has made one. */
  readonly codeUses?: readonly CodeUse[] | undefined;
};

/** Answers of a package whether sources use it; `symbols` are the functions that its advisories name, where all of them name some. */
export type UseOf = (found: LockedPackage, symbols?: readonly string[]) => Use | undefined;

/**
 * Says of packages of one file whether sources below its folder use them: what they call of it, that they name it, or through one that they
 * name and that needs it. Undefined where that cannot be known: no sources, sources that could not be read, no edges, a module whose name is
 * not known. What is said to be unused is named by no string of any source, and no source loads what it does not name; where one does, that
 * is said instead.
 */
export function findUse({ kind, path, inventory, sources, codeUses }: UseQuestion): UseOf {
  const folder = posix.dirname(path);
  const within = (place: string): boolean => folder === '.' || place.startsWith(`${folder}/`);
  if (!sources.files.some(within)) return () => undefined;
  const resolved = resolvedByName(inventory);
  const mentionsOf = (found: LockedPackage): readonly MentionPlace[] =>
    resolved.get(found.name) === found.id
      ? namesOf(kind, found).flatMap((name) => (sources.places.get(name) ?? []).filter((place) => within(place.path)))
      : [];
  const by = reachedBy(inventory, (found) => mentionsOf(found)[0]);
  const hasEdges = inventory.packages.some(({ dependsOn }) => dependsOn.length > 0);
  const hidden = sources.hidden.find((place) => within(place.path));
  const followed = codeUses?.filter((use) => within(use.path)) ?? [];
  const isFollowed = hidden === undefined && sources.whole && hasEdges && isWholly(sources.files.filter(within), followed);
  const isNeeded = neededBy(inventory);
  return (found, symbols) => {
    const mentions = mentionsOf(found);
    const [mention] = mentions;
    if (mention !== undefined) {
      const names = namesOf(kind, found);
      const isClosed = isFollowed && !isNeeded(found);
      const calls = judgeCalls({ kind, names, symbols, codeUses: followed, mentions, isClosed });
      return calls === undefined ? { kind: 'named', place: `${mention.path}:${mention.line}` } : bounded(calls);
    }
    const user = by.get(found.id);
    if (user !== undefined) return { kind: 'through', by: user.name };
    const isKnown = sources.whole && (kind === 'npm' || pythonModuleNames[found.name] !== undefined);
    const mayBeNeeded = inventory.roots === undefined || (!hasEdges && !isAsked(inventory, found));
    if (!isKnown || mayBeNeeded) return undefined;
    return hidden === undefined ? { kind: 'not_found' } : { kind: 'hidden', place: `${hidden.path}:${hidden.line}` };
  };
}

function bounded(calls: Calls): Use {
  return calls.kind === 'vulnerable_not_called' ? { ...calls, symbols: calls.symbols.slice(0, limits.symbolsPerFindingMax) } : calls;
}

const code = /\.(?:[cm]?[jt]sx?|py|pyi|ipynb|vue|svelte|astro)$/u; // what may call into a package, of which a view or a page is none

/** Whether each source was analysed to its end, so that what is not seen is not there. Declarations run nothing. */
function isWholly(files: readonly string[], followed: readonly CodeUse[]): boolean {
  const whole = new Set(followed.filter((use) => use.whole).map((use) => use.path));
  return files.every((file) => !code.test(file) || /\.(?:d\.[cm]?ts|pyi)$/u.test(file) || whole.has(file));
}

function neededBy({ packages }: Inventory): (found: LockedPackage) => boolean {
  const needed = new Set(packages.flatMap(({ dependsOn }) => dependsOn));
  return ({ id }) => needed.has(id);
}

// Of several versions a source gets the one that the project asks for, or the one nearest to it.
function resolvedByName(inventory: Inventory): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  const asked = new Set(inventory.roots?.map(({ id }) => id));
  for (const { name, id } of inventory.packages) {
    const known = ids.get(name);
    const isNearer =
      known === undefined || Number(asked.has(id)) - Number(asked.has(known)) > 0 || (!asked.has(known) && id.length < known.length);
    if (isNearer) ids.set(name, id);
  }
  return ids;
}

function isAsked({ roots }: Inventory, { id }: LockedPackage): boolean {
  return roots?.some((root) => root.id === id) === true;
}

function namesOf(kind: SourceKind, { name }: LockedPackage): readonly string[] {
  if (kind === 'npm') return [name];
  return pythonModuleNames[name] ?? [name, name.replaceAll('-', '_')];
}

// Of each package that a named one needs, the named one.
function reachedBy({ packages }: Inventory, mentionOf: (found: LockedPackage) => unknown): ReadonlyMap<string, LockedPackage> {
  const byId = new Map(packages.map((found) => [found.id, found]));
  const from = new Map<string, LockedPackage>(packages.filter((found) => mentionOf(found) !== undefined).map((found) => [found.id, found]));
  // a map is walked in the order in which it grows
  for (const [id, user] of from) {
    for (const needed of byId.get(id)?.dependsOn ?? []) if (byId.has(needed) && !from.has(needed)) from.set(needed, user);
  }
  return from;
}
