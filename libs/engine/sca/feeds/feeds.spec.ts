import { describe, expect, it } from 'vitest';
import { readExploitScores } from './read-exploit-scores.ts';
import { readKnownExploited } from './read-known-exploited.ts';

const catalogue = {
  title: 'CISA Catalog of Known Exploited Vulnerabilities',
  catalogVersion: '2026.08.21',
  dateReleased: '2026-08-21T17:00:00.000Z',
  count: 1,
  vulnerabilities: [{ cveID: 'CVE-2021-44228', dateAdded: '2021-12-10', vendorProject: 'Apache' }],
};

describe('the catalogue of flaws that are known to be exploited', () => {
  it('is_read_with_its_day', () => {
    expect(readKnownExploited(catalogue)).toEqual({ date: '2026-08-21', days: { 'CVE-2021-44228': '2021-12-10' } });
  });

  it.each([
    ['an OSV document', { id: 'GHSA-1', affected: [] }],
    ['a day that is none', { ...catalogue, dateReleased: 'yesterday' }],
    ['a name that is none', { ...catalogue, vulnerabilities: [{ cveID: '__proto__', dateAdded: '2021-12-10' }] }],
    ['a list', []],
  ])('%s_is_none', (_, document) => {
    expect(readKnownExploited(document)).toBeUndefined();
  });
});

describe('the table of probabilities', () => {
  const head = '#model_version:v2025.03.14,score_date:2026-08-21T12:55:00Z\ncve,epss,percentile\n';

  it('is_read_with_its_day', () => {
    expect(readExploitScores(`${head}CVE-2021-44228,0.94358,0.99957\nCVE-2024-0001,1e-05,0.1\r\n`)).toEqual({
      date: '2026-08-21',
      scores: { 'CVE-2021-44228': 0.94358, 'CVE-2024-0001': 0.00001 },
    });
  });

  it.each([
    ['a line that is cut off', `${head}CVE-2021-44228,0.94\nCVE-2021-`],
    ['a probability above one', `${head}CVE-2021-44228,1.5,0.9`],
    ['no day', 'cve,epss,percentile\n'],
    ['other columns', '#score_date:2026-08-21\nname,age\n'],
    ['nothing', ''],
  ])('a_table_with_%s_is_none', (_, text) => {
    expect(readExploitScores(text)).toBeUndefined();
  });
});
