import type { FindingDraft } from '@lib/contract';

/** A vulnerable package as reports of different tools can be compared: names and ids in one form. */
export type PackageFlaw = { readonly name: string; readonly version: string; readonly ids: string[] };

/** What a report is about when it is about a package of a file: its name without the ecosystem, which not every tool says. */
export function packageOf(dependency: FindingDraft['dependency']): PackageFlaw | undefined {
  if (dependency === undefined || dependency.advisoryIds.length === 0) return undefined;
  const name = /^pkg:[^/]+\/([^@?#]+(?:%40[^@?#]*)?)/iu.exec(dependency.purl)?.[1];
  if (name === undefined) return undefined;
  return {
    name: decoded(name)
      .toLowerCase()
      .replaceAll(/[_:]/gu, (sign) => (sign === ':' ? '/' : '-')),
    version: dependency.installedVersion.replace(/^v(?=\d)/u, ''),
    ids: [...new Set(dependency.advisoryIds.map((id) => id.toUpperCase()))].toSorted(),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether two reports say of one package that it has one flaw: some name of an advisory is the same. An unknown version fits any. */
export function isSamePackageFlaw(a: PackageFlaw, b: PackageFlaw): boolean {
  if (a.name !== b.name || (a.version !== b.version && a.version !== '' && b.version !== '')) return false;
  return a.ids.some((id) => b.ids.includes(id));
}
