import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findingDraftSchema, ruleCasesSchema, type CoverageEntry, type FindingDraft } from '@lib/contract';
import type { LoadedAnalyzer } from '@lib/engine/sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { sourceAssets } from '../../../tools/testing/source-assets.ts';
import { compareVersions } from './compare-versions.ts';
import { sca } from './sca.ts';

const rule: unknown = parse(readFileSync(join(import.meta.dirname, 'rules/vulnerable-dependency.rule.yaml'), 'utf8'));
const { cases } = z.object({ cases: ruleCasesSchema }).parse(rule);
let loaded: LoadedAnalyzer;

beforeAll(async () => {
  const result = await sca.load(sourceAssets);
  if (!result.ok) throw new Error(result.error.detail);
  loaded = result.value;
});

function scan(
  path: string,
  text: string,
): { readonly drafts: readonly FindingDraft[]; readonly coverage: readonly Omit<CoverageEntry, 'analyzer'>[] } {
  const bytes = new TextEncoder().encode(text);
  const drafts: FindingDraft[] = [];
  const coverage: Omit<CoverageEntry, 'analyzer'>[] = [];
  loaded.analyze(
    { files: [{ path, bytes: bytes.length, sha256: 'a'.repeat(64) }], read: () => bytes },
    { finding: (draft) => drafts.push(draft), coverage: (entry) => coverage.push(entry), fileDone: () => undefined, note: () => undefined },
  );
  return { drafts, coverage };
}

describe('sca', () => {
  it.each(cases.match)('matches in $path: $code', ({ path, code }) => {
    expect(sca.wants(path)).toBe(true);
    const { drafts } = scan(path, code);
    expect(drafts).toHaveLength(1);
    expect(findingDraftSchema.safeParse(drafts[0]).success).toBe(true);
  });

  it.each(cases.clean)('is silent on $path: $code', ({ path, code }) => {
    expect(scan(path, code).drafts).toEqual([]);
  });

  it('one_package_with_several_advisories_is_one_finding_with_the_version_that_fixes_all', () => {
    const { drafts } = scan('package-lock.json', '{"packages":{"node_modules/lodash":{"version":"4.17.10"}}}');
    expect(drafts).toHaveLength(1);
    expect(drafts[0]).toMatchObject({ severity: 'critical', dependency: { purl: 'pkg:npm/lodash@4.17.10', fixedVersions: ['4.17.21'] } });
  });

  it('a_broken_lock_file_is_a_coverage_entry', () => {
    expect(scan('package-lock.json', '{"packages": {').coverage).toEqual([
      { path: 'package-lock.json', reason: 'syntax_error', detail: 'not a package-lock file' },
    ]);
    expect(scan('yarn.lock', 'x'.repeat(500)).coverage.map((entry) => entry.reason)).toEqual(['syntax_error']);
  });

  it('an_ecosystem_without_advisories_is_said_to_be_uncovered', () => {
    const { coverage } = scan('composer.lock', '{"packages":[{"name":"acme/a","version":"v1.0.0"}]}');
    expect(coverage).toEqual([{ path: 'composer.lock', reason: 'no_advisory_data', detail: 'Packagist' }]);
  });

  it('the_finding_points_at_the_line_of_the_package', () => {
    const { drafts } = scan(
      'package-lock.json',
      '{\n "packages": {\n  "node_modules/a": { "version": "1.0.0" },\n  "node_modules/ejs": {\n   "version": "3.1.6" } } }',
    );
    expect(drafts[0]?.location.startLine).toBe(4);
  });
});

describe('compareVersions', () => {
  it.each([
    ['npm', '1.2.3-beta.1', '1.2.3', -1],
    ['npm', '1.10.0', '1.9.0', 1],
    ['Go', 'v0.0.0-20220101000000-abcdef', '0.1.0', -1],
    ['PyPI', '2.0rc1', '2.0', -1],
    ['PyPI', '1!1.0', '2.0', 1],
    ['Maven', '2.0-beta9', '2.0', -1],
    ['Maven', '2.13.2.1', '2.13.2', 1],
    ['Maven', '1.0', '1.0.0', 0],
    ['RubyGems', '2.2.3.1', '2.2.3', 1],
  ] as const)('%s: %s against %s', (...[ecosystem, a, b, order]) => {
    expect(Math.sign(compareVersions(ecosystem, a, b) ?? NaN)).toBe(order);
    expect(Math.sign(compareVersions(ecosystem, b, a) ?? NaN)).toBe(order === 0 ? 0 : -order);
  });

  it('what_is_no_version_is_not_compared', () => {
    expect(compareVersions('npm', 'file:../a', '1.0.0')).toBeUndefined();
  });
});
