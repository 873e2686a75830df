import posix from 'node:path/posix';
import { limits } from '@lib/contract';
import type { Surroundings } from '../dependency.ts';
import { childElement, childText, parseXml, type XmlElement } from '../syntax/located-xml.ts';

/** One dependency as a pom writes it, placeholders and all. */
export type PomDependency = {
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string | undefined;
  readonly scope: string | undefined;
  readonly type: string | undefined;
  readonly optional: boolean;
  readonly startLine: number;
  readonly endLine: number;
};

/** A pom with those that it inherits from, itself first. `missing` is the parent at which the tree ends, `group:artifact:version`. */
export type PomChain = { readonly poms: readonly Pom[]; readonly missing: string | undefined };

/** One pom.xml. */
export type Pom = {
  readonly path: string;
  readonly groupId: string | undefined;
  readonly artifactId: string | undefined;
  readonly version: string | undefined;
  readonly parent:
    { readonly groupId: string; readonly artifactId: string; readonly version: string; readonly relativePath: string } | undefined;
  readonly properties: ReadonlyMap<string, string>;
  readonly dependencies: readonly PomDependency[];
  readonly managed: readonly PomDependency[];
};

/** Reads a pom.xml; undefined when it is none. */
export function parsePom(path: string, text: string): Pom | undefined {
  const project = parseXml(text);
  if (project?.name !== 'project') return undefined;
  const parent = childElement(project, 'parent');
  const profiles = childElement(project, 'profiles')?.children.filter(isActive) ?? [];
  const scopes = [project, ...profiles];
  return {
    path,
    groupId: childText(project, 'groupId') ?? childText(parent, 'groupId'),
    artifactId: childText(project, 'artifactId'),
    version: childText(project, 'version') ?? childText(parent, 'version'),
    parent: parent === undefined ? undefined : parentOf(parent),
    properties: new Map(
      scopes.flatMap((of) => (childElement(of, 'properties')?.children ?? []).map((entry) => [entry.name, entry.text.trim()])),
    ),
    dependencies: scopes.flatMap(dependenciesOf),
    managed: scopes.flatMap((of) => dependenciesOf(childElement(of, 'dependencyManagement'))),
  };
}

function isActive(profile: XmlElement): boolean {
  return childText(childElement(profile, 'activation'), 'activeByDefault') === 'true';
}

function parentOf(parent: XmlElement) {
  const element = childElement(parent, 'relativePath');
  return {
    groupId: childText(parent, 'groupId') ?? '',
    artifactId: childText(parent, 'artifactId') ?? '',
    version: childText(parent, 'version') ?? '',
    relativePath: element === undefined ? '../pom.xml' : element.text.trim(), // an empty one means: not in the tree
  };
}

function dependenciesOf(of: XmlElement | undefined): readonly PomDependency[] {
  return (childElement(of, 'dependencies')?.children ?? []).flatMap((element) => {
    const [groupId, artifactId] = [childText(element, 'groupId'), childText(element, 'artifactId')];
    if (groupId === undefined || artifactId === undefined) return [];
    return [
      {
        groupId,
        artifactId,
        version: childText(element, 'version'),
        scope: childText(element, 'scope'),
        type: childText(element, 'type'),
        optional: childText(element, 'optional') === 'true',
        startLine: element.startLine,
        endLine: element.endLine,
      },
    ];
  });
}

/** Follows the parents of a pom as far as the tree holds them: by path first, then by name anywhere in the tree. */
export function pomChain(pom: Pom, around: Surroundings): PomChain {
  const poms = [pom];
  for (let last: Pom = pom; poms.length < limits.scaParentsMax;) {
    if (last.parent === undefined) return { poms, missing: undefined };
    const next = parentPom(last, around);
    if (next === undefined || poms.some(({ path }) => path === next.path)) {
      return { poms, missing: `${last.parent.groupId}:${last.parent.artifactId}:${last.parent.version}` };
    }
    poms.push(next);
    last = next;
  }
  return { poms, missing: undefined };
}

function parentPom({ path, parent }: Pom, around: Surroundings): Pom | undefined {
  if (parent === undefined) return undefined;
  const at = posix.join(posix.dirname(path), parent.relativePath);
  const beside = parent.relativePath === '' ? [] : [at, posix.join(at, 'pom.xml')];
  return findPom(beside, parent, around) ?? findPom(around.named('pom.xml').slice(0, limits.scaPomsMax), parent, around);
}

/** The first pom of these paths that has this name, and this version when it says one without placeholders. */
export function findPom(
  paths: readonly string[],
  wanted: { readonly groupId: string; readonly artifactId: string },
  around: Surroundings,
): Pom | undefined {
  for (const path of paths) {
    const source = around.read(path);
    const pom = source?.text.includes(wanted.artifactId) === true ? parsePom(path, source.text) : undefined;
    if (pom?.artifactId === wanted.artifactId && pom.groupId === wanted.groupId) return pom;
  }
  return undefined;
}
