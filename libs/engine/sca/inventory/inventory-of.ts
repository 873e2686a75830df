import type { Inventory, LockedPackage, RootRequest, Unresolved } from '../dependency.ts';

/** The mark of a package that only development needs; nothing where that is not said. */
export function devMark(dev: boolean): Pick<LockedPackage, 'dev'> {
  return dev ? { dev } : {};
}

/** An inventory in which each id occurs once: the first entry of an id stays. */
export function inventoryOf(
  packages: readonly LockedPackage[],
  roots?: readonly RootRequest[],
  unresolved: readonly Unresolved[] = [],
): Inventory {
  const seen = new Set<string>();
  const once = packages.filter(({ id }) => !seen.has(id) && seen.add(id).has(id));
  return { packages: once, roots, unresolved };
}
