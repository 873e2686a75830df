import semver from 'semver';
import type { Ecosystem, LockedPackage } from './dependency.ts';
import { affectedBy, type AdvisoryRecord } from './store/advisory-record.ts';
import { compareVersions } from './versions/compare-versions.ts';

/** The least version after an installed one that no known advisory names; undefined when none is known. */
export function safeVersion(installed: LockedPackage, known: readonly AdvisoryRecord[]): string | undefined {
  const { ecosystem, version } = installed;
  const candidates = known
    .flatMap((record) => affectedBy(record, installed)?.fixes ?? [])
    .filter((fix) => (compareVersions(ecosystem, fix, version) ?? 0) > 0)
    .toSorted((a, b) => compareVersions(ecosystem, a, b) ?? 0);
  return candidates.find((candidate) => known.every((record) => affectedBy(record, { ecosystem, version: candidate }) === undefined));
}

/** What is known of how a package comes into the project, and what it could be updated to. */
export type Upgrade = {
  readonly installed: LockedPackage;
  readonly path: readonly LockedPackage[];
  readonly direct: boolean | undefined;
  readonly to: string;
};

/**
 * The smallest step that brings in a version: changing what the project asks for, refreshing the lock file (where the package's user
 * already takes the version), or a newer user. Only npm lock files say what users take; elsewhere both ways are named.
 */
export function planUpgrade({ installed, path, direct, to }: Upgrade): string {
  const what = `${installed.name} ${installed.version} to ${to}`;
  if (direct === true) return `Update ${what} or later${majorStep(installed, to)}.`;
  const user = path.at(-2);
  const first = path[0];
  if (user === undefined || first === undefined) return `Update ${what} or later${majorStep(installed, to)}.`;
  const way = path.map(({ name }) => name).join(' > ');
  const asked = user.asks?.[installed.id];
  if (asked !== undefined && takes(installed.ecosystem, asked, to)) {
    return `Refresh the lock file so that it takes ${what}: ${user.name} asks for ${asked}, which ${to} fits. It comes by ${way}.`;
  }
  const refused = asked === undefined ? '' : ` ${user.name} ${user.version} asks for ${asked}, which ${to} does not fit.`;
  return `Update ${first.name}, by which ${installed.name} comes in (${way}), to a version that brings ${to} or later, or override ${what}.${refused}`;
}

function majorStep({ ecosystem, version }: LockedPackage, to: string): string {
  const [from, next] = [semver.coerce(version)?.major, semver.coerce(to)?.major];
  return ecosystem !== 'Go' && from !== undefined && next !== undefined && next > from ? ', which is a new major version' : '';
}

function takes(ecosystem: Ecosystem, range: string, version: string): boolean {
  return ecosystem === 'npm' && semver.validRange(range) !== null && semver.satisfies(version, range);
}
