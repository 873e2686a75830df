import posix from 'node:path/posix';
import type { FindingDraft } from '@lib/contract';
import type { Inventory, LockedPackage } from '../dependency.ts';
import type { MentionPlace, SourceIndex, SourceKind } from './index-sources.ts';
import { pythonModuleNames } from './python-module-names.ts';

/** Whether sources use a package, as the certificate of a finding says it. */
export type Use = NonNullable<NonNullable<FindingDraft['dependency']>['use']>;

/** One file's packages, and the sources below its folder. */
export type UseQuestion = {
  readonly kind: SourceKind;
  readonly path: string;
  readonly inventory: Inventory;
  readonly sources: SourceIndex;
};

/**
 * Says of packages of one file whether sources below its folder use them: by name, or through one that they name and that needs it. Undefined
 * where that cannot be known: no sources, sources that could not be read, no edges, a module whose name is not known. What is said to be
 * unused is named by no string of any source; a program that makes names while it runs is not seen.
 */
export function findUse({ kind, path, inventory, sources }: UseQuestion): (found: LockedPackage) => Use | undefined {
  const folder = posix.dirname(path);
  const within = (place: string): boolean => folder === '.' || place.startsWith(`${folder}/`);
  if (!sources.files.some(within)) return () => undefined;
  const resolved = resolvedByName(inventory);
  const mentionOf = (found: LockedPackage): MentionPlace | undefined =>
    resolved.get(found.name) === found.id
      ? namesOf(kind, found).flatMap((name) => (sources.places.get(name) ?? []).filter((place) => within(place.path)))[0]
      : undefined;
  const by = reachedBy(inventory, mentionOf);
  const hasEdges = inventory.packages.some(({ dependsOn }) => dependsOn.length > 0);
  return (found) => {
    const mention = mentionOf(found);
    if (mention !== undefined) return { kind: 'named', place: `${mention.path}:${mention.line}` };
    const user = by.get(found.id);
    if (user !== undefined) return { kind: 'through', by: user.name };
    const isKnown = sources.whole && (kind === 'npm' || pythonModuleNames[found.name] !== undefined);
    const mayBeNeeded = inventory.roots === undefined || (!hasEdges && !isAsked(inventory, found));
    return isKnown && !mayBeNeeded ? { kind: 'not_found' } : undefined;
  };
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
