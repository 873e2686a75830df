import { describe, expect, it } from 'vitest';
import { contentDigest, type Found } from './content-digest.ts';

const found: Found = {
  analyzer: 'sast',
  severity: 'high',
  fingerprint: 'a'.repeat(64),
  location: { path: 'src/db.js', startLine: 3, startColumn: 1, endLine: 4, endColumn: 9 },
  excerpt: { startLine: 2, lines: ['function f(id) {', '  return db.query(', '    text + id)', '}'] },
  flow: [
    { location: { path: 'src/db.js', startLine: 1, startColumn: 1, endLine: 1, endColumn: 9 }, note: 'request parameter' },
    { location: { path: 'src/db.js', startLine: 3, startColumn: 1, endLine: 3, endColumn: 9 }, note: 'query' },
  ],
};
const packaged: Found = {
  ...found,
  analyzer: 'sca',
  dependency: { purl: 'pkg:npm/a@1', installedVersion: '1', fixedVersions: [], advisoryIds: ['GHSA-1', 'CVE-1'] },
};
const moved: Found = {
  ...found,
  fingerprint: 'b'.repeat(64),
  location: { ...found.location, path: 'lib/store.js', startLine: 13, endLine: 14 },
  excerpt: { startLine: 12, lines: ['function other(id) {', '\treturn db.query(   ', 'text + id)', '', '// more'] },
};

describe('contentDigest', () => {
  it('code_that_moved_or_was_laid_out_anew_keeps_it', () => {
    expect(contentDigest(moved)).toBe(contentDigest(found));
  });

  it.each<[string, Found]>([
    ['other_code', { ...found, excerpt: { ...found.excerpt, lines: ['', '  return db.query(', '    other + id)', '}'] } }],
    ['another_severity', { ...found, severity: 'critical' }],
    ['another_way_of_the_data', { ...found, flow: found.flow.slice(1) }],
    ['a_dependency', packaged],
  ])('%s_has_another', (_name, other) => {
    expect(contentDigest(other)).not.toBe(contentDigest(found));
  });

  it('another_secret_in_the_same_redacted_line_has_another', () => {
    const secret: Found = { ...found, analyzer: 'secrets' };
    expect(contentDigest({ ...secret, fingerprint: 'b'.repeat(64) })).not.toBe(contentDigest(secret));
  });

  it.each([
    { advisoryIds: ['GHSA-1', 'CVE-1', 'CVE-2'] },
    { installedVersion: '2' },
    { use: { kind: 'named', place: 'a.js:1' } },
    { dev: true },
    { knownExploitedSince: '2026-01-01' },
  ] as const)('a_dependency_with_%j_has_another', (change) => {
    const dependency = { ...packaged.dependency, ...change } as Found['dependency'];
    expect(contentDigest({ ...packaged, dependency })).not.toBe(contentDigest(packaged));
  });

  it('the_order_of_advisories_says_nothing', () => {
    const dependency = { ...packaged.dependency, advisoryIds: ['CVE-1', 'GHSA-1'] } as Found['dependency'];
    expect(contentDigest({ ...packaged, dependency })).toBe(contentDigest(packaged));
  });
});
