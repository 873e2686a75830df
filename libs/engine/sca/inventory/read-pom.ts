import { limits } from '@lib/contract';
import { err, ok } from '@lib/kernel';
import type { InventoryReader, LockedPackage, RootRequest, Surroundings, Unresolved } from '../dependency.ts';
import { devMark, inventoryOf } from './inventory-of.ts';
import { findPom, parsePom, pomChain, type Pom, type PomChain, type PomDependency } from './maven-project.ts';

/**
 * pom.xml: its dependencies, with versions from properties, parents and dependencyManagement (imported lists too) as far as the tree holds
 * them. What they need in turn stands in a repository that is not at hand, and is said to be unknown. Source: maven.apache.org/pom.html.
 */
export const readPom: InventoryReader = (source, around) => {
  const pom = parsePom(around.path, source.text);
  if (pom === undefined) return err({ code: 'syntax_error', detail: 'not a pom.xml' });
  const chain = pomChain(pom, around);
  const property = properties(chain);
  const managed = managedVersions(chain, around);
  const packages: LockedPackage[] = [];
  const unresolved: Unresolved[] = [];
  const roots: RootRequest[] = [];
  for (const dependency of pom.dependencies) {
    const name = nameOf(dependency, property);
    const managing = managed.get(name);
    const version = dependency.version === undefined ? managing?.version : expand(dependency.version, property);
    if (isOwn(name, around)) continue;
    if (version === undefined || !/^\d[\w.+-]*$/u.test(version)) {
      unresolved.push({ line: dependency.startLine, detail: `${name} ${version ?? reasonOf(chain)}` });
      continue;
    }
    const dev = (dependency.scope ?? managing?.scope) === 'test';
    const { startLine, endLine } = dependency;
    packages.push({ ecosystem: 'Maven', name, version, id: name, startLine, endLine, dependsOn: [], ...devMark(dev) });
    roots.push({ id: name, dev });
  }
  return ok(inventoryOf(packages, roots, unresolved));
};

function reasonOf({ missing }: PomChain): string {
  return missing === undefined ? 'has no version' : `has no version here; the parent ${missing} is not in the tree`;
}

function nameOf({ groupId, artifactId }: PomDependency, property: Property): string {
  return `${expand(groupId, property)}:${expand(artifactId, property)}`;
}

type Property = (name: string) => string | undefined;

// The nearest definition counts: the pom's own, then its parents'.
function properties({ poms }: PomChain): Property {
  const [own] = poms;
  return (name) => {
    const [, of, field] = /^(?:project|pom)\.(parent\.)?(groupId|artifactId|version)$/u.exec(name) ?? [];
    const from = of === undefined ? own : own?.parent;
    if (field === 'version' || field === 'groupId' || field === 'artifactId') return from?.[field];
    return poms.find((pom) => pom.properties.has(name))?.properties.get(name);
  };
}

// Bounded: each round opens one layer of placeholders.
function expand(text: string, property: Property): string {
  let current = text.trim();
  for (let round = 0; round < limits.scaPropertyRoundsMax && current.includes('${'); round++) {
    current = current.replaceAll(/\$\{([^}]{1,200})\}/gu, (whole, name: string) => property(name) ?? whole).slice(0, limits.noteCharsMax);
  }
  return current;
}

type Managed = { readonly version: string; readonly scope: string | undefined };

function managedVersions(chain: PomChain, around: Surroundings, depth = 0): ReadonlyMap<string, Managed> {
  const property = properties(chain);
  const found = new Map<string, Managed>();
  const imports: PomDependency[] = [];
  for (const entry of chain.poms.flatMap((pom) => pom.managed)) {
    if (entry.scope === 'import') imports.push(entry);
    const name = nameOf(entry, property);
    if (entry.version !== undefined && !found.has(name)) found.set(name, { version: expand(entry.version, property), scope: entry.scope });
  }
  for (const entry of depth < limits.scaParentsMax ? imports : []) {
    const wanted = { groupId: expand(entry.groupId, property), artifactId: expand(entry.artifactId, property) };
    const list: Pom | undefined = findPom(around.named('pom.xml').slice(0, limits.scaPomsMax), wanted, around);
    const inner = list === undefined ? new Map<string, Managed>() : managedVersions(pomChain(list, around), around, depth + 1);
    for (const [name, managed] of inner) if (!found.has(name)) found.set(name, managed);
  }
  return found;
}

// Another module of the same tree is not a package that somebody published.
function isOwn(name: string, around: Surroundings): boolean {
  const [groupId = '', artifactId = ''] = name.split(':');
  return findPom(around.named('pom.xml').slice(0, limits.scaPomsMax), { groupId, artifactId }, around) !== undefined;
}
