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

/** What a package URL names, where it is of an ecosystem that is read here and says a version; undefined otherwise. */
export function namedByPackageUrl(purl: string): Named | undefined {
  const url = parse(purl);
  const ecosystem = ecosystems.find((known) => types[known] === url?.type);
  const { namespace, version } = { namespace: url?.namespace ?? '', version: url?.version ?? '' };
  if (url === undefined || ecosystem === undefined || version === '') return undefined;
  const separator = ecosystem === 'Maven' ? ':' : '/';
  const written = namespace === '' ? url.name : `${namespace}${separator}${url.name}`;
  return { ecosystem, name: packageKey(ecosystem, written), version };
}

function parse(purl: string): PackageURL | undefined {
  try {
    return PackageURL.fromString(purl);
  } catch {
    return undefined;
  }
}
