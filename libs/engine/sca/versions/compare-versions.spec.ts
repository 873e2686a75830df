import { describe, expect, it } from 'vitest';
import { fc } from '../../../../tools/testing/seeded-fast-check.ts';
import { ecosystems, type Ecosystem } from '../dependency.ts';
import { compareVersions } from './compare-versions.ts';

/** Each row is ascending; a nested list holds equals. */
const ascending: readonly (readonly [Ecosystem, readonly (string | readonly string[])[]])[] = [
  // semver.org, section 11
  [
    'npm',
    ['1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0-rc.1', ['1.0.0', '1.0.0+b']],
  ],
  ['npm', ['1.9.0', '1.10.0', '1.11.0', '99999999999999999999.0.0']],
  ['Go', ['v0.0.0-20191109021931-daa7c04131f5', 'v0.1.0', 'v1.2.3-pre', ['v1.2.3', '1.2.3', 'v1.2.3+incompatible']]],
  ['Go', ['go1.18.6', '1.19.0-0', '1.19', '1.19.1']],
  ['crates.io', ['0.9.9', '1.0.0-rc.1', '1.0.0']],
  // PEP 440, summary of permitted suffixes
  [
    'PyPI',
    [
      '1.dev0',
      '1.0.dev456',
      '1.0a1',
      '1.0a2.dev456',
      '1.0a12',
      '1.0b1',
      ['1.0rc1', '1.0c1'],
      ['1.0', '1', '1.0.0'],
      '1.0+abc.5',
      '1.0.post456',
      '1.1.dev1',
      '1!0.1',
    ],
  ],
  // maven.apache.org/pom.html, end result examples
  ['Maven', [['1', '1.0', '1-0', '1.0.0', '1.ga', '1-ga', '1.final', '1-release'], '1.1']],
  ['Maven', ['1-snapshot', '1', '1-sp', '1-foo', ['1-1'], '1.1']],
  ['Maven', ['1-foo2', '1-foo10']],
  ['Maven', ['1-a1', '1-beta-1', ['1-m1', '1-milestone-1'], ['1-rc', '1-cr'], '1-SNAPSHOT', '1']],
  ['Maven', [['1-a1', '1-alpha-1', '1a1'], '1-alpha-2', '1-beta-1']],
  ['Maven', ['1-sp-1', ['1-ga-1', '1-1']]],
  ['Maven', [['1.0.0-foo.0.0', '1-foo']]],
  ['Maven', ['2.0-beta9', '2.0-rc1', '2.0', '2.0.1', '2.13.2', '2.13.2.1']],
  ['Maven', ['31.0-android', '31.0-jre', '31.1-jre']],
  // Gem::Version: prereleases, and zeros that do not count
  ['RubyGems', ['1.0.a', '1.0.a10', '1.0.b1', '1.0.rc1', ['1.0', '1', '1.0.0']]],
  ['RubyGems', ['2.2.3', '2.2.3.1', '2.2.10', '3.0.0.beta1', '3.0.0']],
  ['RubyGems', ['1.0.0-rc1', '1.0.0']],
  // Composer: stabilities
  [
    'Packagist',
    ['1.0.0-dev', '1.0.0-alpha1', '1.0.0-beta1', '1.0.0-beta2', '1.0.0-RC1', ['1.0.0', 'v1.0', '1.0.0.0'], '1.0.0-patch1', '1.0.1'],
  ],
  // NuGet: a fourth number, letters without case
  ['NuGet', ['1.0.0-alpha', ['1.0.0-BETA', '1.0.0-beta'], ['1.0', '1.0.0', '1.0.0.0'], '1.0.0.1', '1.0.1']],
];

describe('compareVersions', () => {
  it.each(ascending)('%s: %j is in order, each with each', (ecosystem, rows) => {
    rows.forEach((low, lowIndex) => {
      rows.forEach((high, highIndex) => {
        for (const a of [low].flat()) {
          for (const b of [high].flat()) {
            expect([a, b, Math.sign(compareVersions(ecosystem, a, b) ?? NaN)]).toEqual([a, b, Math.sign(lowIndex - highIndex)]);
          }
        }
      });
    });
  });

  it.each([
    ['npm', 'file:../a'],
    ['npm', ''],
    ['PyPI', 'main'],
    ['Go', 'latest'],
    ['Maven', '${revision}'],
    ['RubyGems', '>= 1.0'],
    ['Packagist', 'dev-main'],
    ['NuGet', '$(Version)'],
  ] as const)('%s: `%s` is no version and is not compared', (ecosystem, text) => {
    expect(compareVersions(ecosystem, text, '1.0.0')).toBeUndefined();
  });

  const number = fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 40 })).map(String);
  const word = fc.constantFrom('alpha', 'a', 'beta', 'b', 'rc', 'sp', 'snapshot', 'dev', 'foo', 'ga', 'post', 'pre', 'x');
  const written = fc
    .tuple(
      fc.array(number, { minLength: 1, maxLength: 4 }),
      fc.array(fc.tuple(fc.constantFrom('-', '.', ''), fc.oneof(word, number)), { maxLength: 3 }),
    )
    .map(([numbers, rest]) => numbers.join('.') + rest.map(([sign, part]) => sign + part).join(''));

  it.each(ecosystems)('%s: the order is antisymmetric and transitive over whatever it takes', (ecosystem) => {
    const order = (a: string, b: string): number | undefined => {
      const found = compareVersions(ecosystem, a, b);
      return found === undefined ? undefined : Math.sign(found);
    };
    let compared = 0;
    fc.assert(
      fc.property(written, written, written, (a, b, c) => {
        const [ab, ba, bc, ac] = [order(a, b), order(b, a), order(b, c), order(a, c)];
        expect(ba === undefined ? undefined : 0 - ba).toBe(ab);
        expect(compareVersions(ecosystem, a, a)).toBe(0);
        if (ab === undefined || bc === undefined || ac === undefined) return;
        compared += 1;
        if (ab <= 0 && bc <= 0) expect([a, b, c, ac]).toEqual([a, b, c, ab === 0 && bc === 0 ? 0 : -1]);
      }),
      { numRuns: 1000 },
    );
    expect(compared).toBeGreaterThan(20); // the property has met versions
  });
});
