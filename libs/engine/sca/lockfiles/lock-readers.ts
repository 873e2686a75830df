import type { SourceText } from '@lib/engine/sdk';
import type { Result } from '@lib/kernel';
import type { PackageVersion } from '../package-version.ts';
import { readComposerLock, readNpmLock, readPipfileLock, type LockError } from './read-json-locks.ts';
import {
  readGemfileLock,
  readGoMod,
  readGradleLock,
  readPnpmLock,
  readPom,
  readRequirements,
  readTomlLock,
  readYarnLock,
} from './read-line-locks.ts';

/** Reads one kind of lock file. Lines are 1-based; the order is that of the file. */
export type LockReader = (source: SourceText) => Result<readonly PackageVersion[], LockError>;

const readers: readonly (readonly [RegExp, LockReader])[] = [
  [/(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$/u, readNpmLock],
  [/(?:^|\/)yarn\.lock$/u, readYarnLock],
  [/(?:^|\/)pnpm-lock\.yaml$/u, readPnpmLock],
  [/(?:^|\/)(?:poetry|uv|pdm)\.lock$/u, readTomlLock('PyPI')],
  [/(?:^|\/)Cargo\.lock$/u, readTomlLock('crates.io')],
  [/(?:^|\/)Pipfile\.lock$/u, readPipfileLock],
  [/(?:^|\/)(?:[\w.-]{0,60}requirements[\w.-]{0,60}\.txt|requirements\/[\w.-]{1,60}\.txt)$/u, readRequirements],
  [/(?:^|\/)go\.mod$/u, readGoMod],
  [/(?:^|\/)Gemfile\.lock$/u, readGemfileLock],
  [/(?:^|\/)composer\.lock$/u, readComposerLock],
  [/(?:^|\/)gradle\.lockfile$/u, readGradleLock],
  [/(?:^|\/)pom\.xml$/u, readPom],
];

/** The reader for a path, or undefined when the path is no lock file that we know. */
export function lockReader(path: string): LockReader | undefined {
  return readers.find(([pattern]) => pattern.test(path))?.[1];
}
