import { compare as comparePep440 } from '@renovatebot/pep440';
import semver from 'semver';
import type { Ecosystem } from './package-version.ts';

/** Negative when `a` is older than `b`, positive when newer, 0 when equal; undefined when one is not a version of that ecosystem. */
export function compareVersions(ecosystem: Ecosystem, a: string, b: string): number | undefined {
  if (a === b) return 0;
  switch (ecosystem) {
    case 'npm':
    case 'Go':
    case 'crates.io':
      return compareSemver(a, b);
    case 'PyPI':
      return comparePython(a, b);
    case 'Maven':
    case 'RubyGems':
    case 'Packagist':
      return compareParts(splitParts(a), splitParts(b));
  }
}

function compareSemver(a: string, b: string): number | undefined {
  const [left, right] = [parseSemver(a), parseSemver(b)];
  return left === null || right === null ? undefined : semver.compare(left, right);
}

// Advisories may write `0` or `1.2`; lock files write `v1.2.3` (Go) and builds such as `+incompatible`.
function parseSemver(text: string): semver.SemVer | null {
  return (
    semver.parse(text.replace(/^v/u, '')) ?? semver.parse(/^\d+$/u.test(text) ? `${text}.0.0` : /^\d+\.\d+$/u.test(text) ? `${text}.0` : '')
  );
}

function comparePython(a: string, b: string): number | undefined {
  try {
    return comparePep440(a, b);
  } catch {
    return undefined;
  }
}

// Maven's ComparableVersion in outline: numbers compare as numbers, known qualifiers have an order, a missing part is zero or release.
// Source: maven.apache.org/pom.html#version-order-specification. RubyGems and Composer agree on plain and pre-release versions.
const qualifierGroups = [
  ['alpha', 'a'],
  ['beta', 'b'],
  ['milestone', 'm'],
  ['rc', 'cr', 'pre', 'preview'],
  ['snapshot'],
  ['', 'final', 'ga', 'release'],
  ['sp'],
];
type Part = number | string;

function splitParts(version: string): readonly Part[] {
  return (
    version
      .replace(/^v/iu, '')
      .toLowerCase()
      .match(/\d+|[a-z]+/gu) ?? []
  ).map((part) => (/^\d/u.test(part) ? Number(part) : part));
}

function compareParts(a: readonly Part[], b: readonly Part[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const order = comparePart(a[index], b[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function comparePart(a: Part | undefined, b: Part | undefined): number {
  if (typeof a === 'number' && typeof b === 'number') return Math.sign(a - b);
  if (typeof a === 'number') return b === undefined ? Math.sign(a) : 1;
  if (typeof b === 'number') return a === undefined ? -Math.sign(b) : -1;
  return Math.sign(qualifierRank(a) - qualifierRank(b));
}

function qualifierRank(part: string | undefined): number {
  const rank = qualifierGroups.findIndex((group) => group.includes(part ?? ''));
  return rank < 0 ? qualifierGroups.length : rank;
}
