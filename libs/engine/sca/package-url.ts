import { PackageURL } from 'packageurl-js';
import type { Ecosystem, Named } from './dependency.ts';

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

/** The package URL of a package and version. Source: github.com/package-url/purl-spec. */
export function packageUrl({ ecosystem, name, version }: Named): string {
  const parts = name.split(ecosystem === 'Maven' ? ':' : '/');
  const namespace = parts.slice(0, -1).join('/');
  return new PackageURL(
    types[ecosystem],
    namespace === '' ? undefined : namespace,
    parts.at(-1) ?? name,
    version,
    undefined,
    undefined,
  ).toString();
}
