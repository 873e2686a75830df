import { PackageURL } from 'packageurl-js';
import { ecosystems, type Ecosystem, type Named } from './dependency.ts';
import { packageKey } from './package-key.ts';

const types: Readonly<Record<Ecosystem, string>> = {
  npm: 'npm',
  PyPI: 'pypi',
  Go: 'golang',
  Maven: 'maven',
  RubyGems: 'gem',
  'crates.io': 'cargo',
  Packagist: 'composer',
  NuGet: 'nuget',
};

/** The package URL of a package and version. A name that its ecosystem does not allow is written as it stands. Source: github.com/package-url/purl-spec. */
export function packageUrl({ ecosystem, name, version }: Named): string {
  const parts = name.split(ecosystem === 'Maven' ? ':' : '/');
  const [namespace, last] = [parts.slice(0, -1).join('/'), parts.at(-1) ?? name];
  try {
    return new PackageURL(types[ecosystem], namespace === '' ? undefined : namespace, last, version, undefined, undefined).toString();
  } catch {
    return `pkg:${types[ecosystem]}/${encodeURIComponent(name.toWellFormed())}@${encodeURIComponent(version.toWellFormed())}`;
  }
}

/** A package that a package URL names, and the version where it says one. */
export type PurlPackage = Omit<Named, 'version'> & { readonly version: string | undefined };

/** What a package URL names, where it is of an ecosystem that is read here; undefined otherwise. Names are as the ecosystem compares them. */
export function packageOfPurl(purl: string): PurlPackage | undefined {
  const url = parse(purl);
  const ecosystem = ecosystems.find((known) => types[known] === url?.type);
  if (url === undefined || ecosystem === undefined) return undefined;
  const { namespace, version } = { namespace: url.namespace ?? '', version: url.version ?? '' };
  const separator = ecosystem === 'Maven' ? ':' : '/';
  const written = namespace === '' ? url.name : `${namespace}${separator}${url.name}`;
  return { ecosystem, name: packageKey(ecosystem, written), version: version === '' ? undefined : version };
}

/** The same, where the URL says a version. */
export function namedByPackageUrl(purl: string): Named | undefined {
  const found = packageOfPurl(purl);
  return found?.version === undefined ? undefined : { ...found, version: found.version };
}

function parse(purl: string): PackageURL | undefined {
  try {
    return PackageURL.fromString(purl);
  } catch {
    return undefined;
  }
}
