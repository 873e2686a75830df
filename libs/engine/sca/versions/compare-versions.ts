import { compare as comparePep440 } from '@renovatebot/pep440';
import type { Ecosystem } from '../dependency.ts';
import { compareComposer } from './compare-composer.ts';
import { compareGem } from './compare-gem.ts';
import { compareMaven } from './compare-maven.ts';
import { compareSemantic } from './compare-semantic.ts';

/**
 * Negative when `a` is older than `b`, positive when newer, 0 when equal; undefined when one is not a version of that ecosystem.
 * A total preorder over what are versions. Source: the specification named beside each order.
 */
export function compareVersions(ecosystem: Ecosystem, a: string, b: string): number | undefined {
  if (a === b) return 0;
  switch (ecosystem) {
    case 'npm':
    case 'Go':
    case 'crates.io':
    case 'NuGet':
      return compareSemantic(a, b);
    case 'PyPI':
      return comparePython(a, b);
    case 'Maven':
      return compareMaven(a, b);
    case 'RubyGems':
      return compareGem(a, b);
    case 'Packagist':
      return compareComposer(a, b);
  }
}

// Source: PEP 440, packaging.python.org/specifications/version-specifiers.
function comparePython(a: string, b: string): number | undefined {
  try {
    return comparePep440(a, b);
  } catch {
    return undefined;
  }
}
