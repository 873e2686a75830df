import type { Inventory, LockedPackage, RootRequest, Unresolved } from '../dependency.ts';

/** The mark of a package that only development needs; nothing where that is not said. */
export function devMark(dev: boolean): Pick<LockedPackage, 'dev'> {
  return dev ? { dev } : {};
}

/** An inventory in which each id occurs once: the first entry of an id stays, and what has no name is none. No version or source holds a user's name or password. */
export function inventoryOf(
  packages: readonly LockedPackage[],
  roots?: readonly RootRequest[],
  unresolved: readonly Unresolved[] = [],
): Inventory {
  const seen = new Set<string>();
  const once = packages.filter(({ id, name }) => name !== '' && !seen.has(id) && seen.add(id).has(id));
  return { packages: once.map(withoutCredentials), roots, unresolved };
}

// A dependency may be the address of a repository, and that may hold whoever installs it: `git+https://user:token@host/a`.
function withoutCredentials(found: LockedPackage): LockedPackage {
  const [version, source] = [bare(found.version), bare(found.source ?? '')];
  if (version === found.version && source === (found.source ?? '')) return found;
  return { ...found, version, ...(found.source === undefined ? {} : { source }) };
}

function bare(text: string): string {
  return text.includes('@') ? text.replace(/\/\/[^/@\s]{1,1000}@/u, '//') : text;
}
