import type { InventoryReader } from '../dependency.ts';
import { readBunLock } from './read-bun-lock.ts';
import { readCycloneDx } from './read-cyclonedx.ts';
import { readCargoLock } from './read-cargo-lock.ts';
import { readComposerLock } from './read-composer-lock.ts';
import { readGemfileLock } from './read-gemfile-lock.ts';
import { readGoMod } from './read-go-mod.ts';
import { readGradleBuild, readGradleCatalog, readGradleLock } from './read-gradle.ts';
import { readNpmLock } from './read-npm-lock.ts';
import { readNugetLock, readPackagesConfig, readProjectFile } from './read-nuget.ts';
import { readPackageJson } from './read-package-json.ts';
import { readPnpmLock } from './read-pnpm-lock.ts';
import { readPom } from './read-pom.ts';
import { readPipfileLock, readPyproject, readPythonLock } from './read-python-locks.ts';
import { readRequirements, requirementsPath } from './read-requirements.ts';
import { readYarnLock } from './read-yarn-lock.ts';

/** Files that say again what others of the tree say: read last, and only what is new in them is told. */
export const billOfMaterials = /(?:^|\/)bom\.json$|\.cdx\.json$/u;

/** Files in which suppliers say which flaws do not affect a package. */
export const supplierStatements = /(?:^|\/)(?:\.(?:open)?vex\/[\w.-]{1,100}\.json|(?:[\w.-]{1,100}\.)?(?:open)?vex\.json)$/u;

const readers: readonly (readonly [RegExp, InventoryReader])[] = [
  [/(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$/u, readNpmLock],
  [/(?:^|\/)yarn\.lock$/u, readYarnLock],
  [/(?:^|\/)pnpm-lock\.yaml$/u, readPnpmLock],
  [/(?:^|\/)bun\.lock$/u, readBunLock],
  [/(?:^|\/)package\.json$/u, readPackageJson],
  [/(?:^|\/)(?:poetry|uv|pdm)\.lock$|(?:^|\/)pylock(?:\.[\w-]{1,60})?\.toml$/u, readPythonLock],
  [/(?:^|\/)Pipfile\.lock$/u, readPipfileLock],
  [/(?:^|\/)pyproject\.toml$/u, readPyproject],
  [requirementsPath, readRequirements],
  [/(?:^|\/)go\.mod$/u, readGoMod],
  [/(?:^|\/)Cargo\.lock$/u, readCargoLock],
  [/(?:^|\/)(?:Gemfile|[\w-]{1,60}\.gemfile)\.lock$|(?:^|\/)gems\.locked$/u, readGemfileLock],
  [/(?:^|\/)composer\.lock$/u, readComposerLock],
  [/(?:^|\/)(?:buildscript-)?gradle\.lockfile$|(?:^|\/)gradle\/dependency-locks\/[\w.-]{1,100}\.lockfile$/u, readGradleLock],
  [/(?:^|\/)[\w.-]{1,60}\.versions\.toml$/u, readGradleCatalog],
  [/(?:^|\/)build\.gradle(?:\.kts)?$/u, readGradleBuild],
  [/(?:^|\/)pom\.xml$/u, readPom],
  [/(?:^|\/)packages\.lock\.json$/u, readNugetLock],
  [/(?:^|\/)packages(?:\.[\w.-]{1,60})?\.config$/u, readPackagesConfig],
  [/\.(?:cs|fs|vb)proj$/u, readProjectFile],
  [billOfMaterials, readCycloneDx],
];

// Read because a file of the table needs them, never on their own.
const beside =
  /(?:^|\/)(?:Pipfile|go\.sum|Cargo\.toml|composer\.json|Gemfile|gems\.rb|gradle\.properties|Directory\.(?:Build|Packages)\.props|bun\.lockb|\.npmrc)$/u;

/** The reader for a path, or undefined when the path says nothing of dependencies. */
export function inventoryReader(path: string): InventoryReader | undefined {
  return readers.find(([pattern]) => pattern.test(path))?.[1];
}

/** Whether a path is read, for itself or for a file beside it. Installed packages are no sources. */
export function isInventoryPath(path: string): boolean {
  if (/(?:^|\/)(?:node_modules|bower_components|vendor\/bundle|site-packages|\.venv)\//u.test(path)) return false;
  return inventoryReader(path) !== undefined || beside.test(path) || supplierStatements.test(path);
}
