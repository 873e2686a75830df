import posix from 'node:path/posix';
import { err, ok } from '@lib/kernel';
import type { InventoryReader, LockedPackage, RootRequest, Surroundings, Unresolved } from '../dependency.ts';
import { parseLocatedJson } from '../syntax/located-json.ts';
import { childText, parseXml, type XmlElement } from '../syntax/located-xml.ts';
import { asTable, asText } from '../syntax/loose-value.ts';
import { devMark, inventoryOf } from './inventory-of.ts';

/** packages.lock.json, one list a target framework. Source: learn.microsoft.com/nuget/consume-packages/package-references-in-project-files. */
export const readNugetLock: InventoryReader = (source) => {
  const json = parseLocatedJson(source.text);
  const lock = asTable(json?.value);
  if (json === undefined || lock['dependencies'] === undefined) return err({ code: 'syntax_error', detail: 'not a packages.lock.json' });
  const packages: LockedPackage[] = [];
  const roots: RootRequest[] = [];
  for (const framework of Object.values(asTable(lock['dependencies']))) {
    const ids = new Map(
      Object.entries(asTable(framework)).map(([name, value]) => [
        name.toLowerCase(),
        `${name.toLowerCase()} ${asText(asTable(value)['resolved']) ?? ''}`,
      ]),
    );
    for (const [written, value] of Object.entries(asTable(framework))) {
      const entry = asTable(value);
      const [name, version] = [written.toLowerCase(), asText(entry['resolved'])];
      if (version === undefined) continue; // another project of the solution
      const id = ids.get(name) ?? name;
      const startLine = json.linesOf(value)?.startLine ?? 1;
      const dependsOn = Object.keys(asTable(entry['dependencies'])).flatMap((needed) => ids.get(needed.toLowerCase()) ?? []);
      packages.push({ ecosystem: 'NuGet', name, version, id, startLine, endLine: startLine, dependsOn });
      if (entry['type'] === 'Direct') roots.push({ id, dev: false });
    }
  }
  return ok(inventoryOf(packages, roots));
};

/** packages.config: `<package id version developmentDependency>`. */
export const readPackagesConfig: InventoryReader = (source) => {
  const root = parseXml(source.text);
  if (root?.name !== 'packages') return err({ code: 'syntax_error', detail: 'not a packages.config' });
  const packages = root.children.flatMap((element): readonly LockedPackage[] => {
    const [name, version] = [element.attributes['id']?.toLowerCase(), element.attributes['version']];
    if (name === undefined || version === undefined) return [];
    const dev = element.attributes['developmentDependency'] === 'true';
    return [{ ecosystem: 'NuGet', name, version, id: name, ...linesOf(element), dependsOn: [], ...devMark(dev) }];
  });
  return ok(inventoryOf(packages)); // the file does not say who asked
};

/**
 * Project files (.csproj, .fsproj, .vbproj) without a lock file: `PackageReference`, with versions from properties and from the
 * Directory.Packages.props and Directory.Build.props above. A version is the least that is taken. Conditions are not evaluated.
 */
export const readProjectFile: InventoryReader = (source, around) => {
  if (around.has(posix.join(posix.dirname(around.path), 'packages.lock.json'))) return ok(inventoryOf([]));
  const project = parseXml(source.text);
  if (project?.name !== 'Project') return err({ code: 'syntax_error', detail: 'not a project file' });
  const above = [...propsAbove(around, 'Directory.Build.props'), ...propsAbove(around, 'Directory.Packages.props')];
  const properties = new Map([project, ...above].toReversed().flatMap(propertiesOf));
  const central = new Map(above.flatMap((props) => elementsOf(props, 'PackageVersion')).flatMap(namedVersion));
  const packages: LockedPackage[] = [];
  const unresolved: Unresolved[] = [];
  for (const element of elementsOf(project, 'PackageReference')) {
    const name = includedName(element)?.toLowerCase();
    if (name === undefined) continue;
    const asked = namedVersion(element)[0]?.[1] ?? central.get(name);
    const version = versionOf(expand(asked ?? '', properties));
    if (version === undefined) unresolved.push({ line: element.startLine, detail: `${name} ${asked ?? 'has no version'}` });
    else packages.push({ ecosystem: 'NuGet', name, version, id: name, ...linesOf(element), dependsOn: [], ...devMark(isPrivate(element)) });
  }
  return ok(
    inventoryOf(
      packages,
      packages.map(({ id, dev }) => ({ id, dev: dev === true })),
      unresolved,
    ),
  );
};

function includedName(element: XmlElement): string | undefined {
  return element.attributes['Include'] ?? element.attributes['Update'];
}

function isPrivate(element: XmlElement): boolean {
  return (element.attributes['PrivateAssets'] ?? childText(element, 'PrivateAssets'))?.toLowerCase() === 'all';
}

function linesOf({ startLine, endLine }: XmlElement): { readonly startLine: number; readonly endLine: number } {
  return { startLine, endLine };
}

function elementsOf(project: XmlElement, name: string): readonly XmlElement[] {
  return project.children
    .filter((group) => group.name === 'ItemGroup')
    .flatMap((group) => group.children.filter((item) => item.name === name));
}

function propertiesOf(project: XmlElement): readonly (readonly [string, string])[] {
  const groups = project.children.filter((group) => group.name === 'PropertyGroup');
  return groups.flatMap((group) => group.children.map((entry) => [entry.name, entry.text.trim()] as const));
}

function namedVersion(element: XmlElement): readonly (readonly [string, string])[] {
  const name = includedName(element);
  const own = (attribute: string): string | undefined => element.attributes[attribute] ?? childText(element, attribute);
  const version = own('VersionOverride') ?? own('Version');
  return name === undefined || version === undefined ? [] : [[name.toLowerCase(), version]];
}

function expand(text: string, properties: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\(([\w.]{1,100})\)/gu, (whole, name: string) => properties.get(name) ?? whole);
}

// `1.2.3`, `[1.2.3]` and `[1.2.3, )` take 1.2.3 when it can be had; `1.*` is known to the registry alone.
function versionOf(text: string): string | undefined {
  return /^\[?\s*(\d+(?:\.\d+){0,3}(?:-[\w.-]{1,100})?)\s*(?:\]|,\s*[^\])]*[\])])?$/u.exec(text.trim())?.[1];
}

function propsAbove({ path, read }: Surroundings, name: string): readonly XmlElement[] {
  for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
    const source = read(posix.join(folder, name));
    const props = source === undefined ? undefined : parseXml(source.text);
    if (props !== undefined) return [props];
    if (folder === '.') return [];
  }
}
