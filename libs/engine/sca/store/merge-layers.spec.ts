import { describe, expect, it } from 'vitest';
import { present } from '@lib/kernel';
import { openAdvisoryFile, writeAdvisoryFile, type AdvisoryFile } from './advisory-file.ts';
import { gatherAdvisories } from './gather-advisories.ts';
import { mergeLayers, type Layers } from './merge-layers.ts';

const affects = (name: string, fixed: string) => [
  { package: { ecosystem: 'npm', name }, ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed }] }] },
];
const osv = (id: string, more: object = {}) => ({
  id,
  modified: '2026-08-01T00:00:00Z',
  summary: id,
  affected: affects('a', '1.0.0'),
  ...more,
});

function layer(documents: readonly object[], name = 'test'): AdvisoryFile {
  const gathering = gatherAdvisories();
  for (const document of documents) gathering.take(document);
  const { entries, withdrawn, date } = present(gathering.gathered()[0], 'an ecosystem');
  const source = { name, date, licence: 'CC0-1.0', scope: 'test' };
  return present(openAdvisoryFile(writeAdvisoryFile({ ecosystem: 'npm', sources: [source], withdrawn }, entries)), 'a file');
}

function merged(more: Partial<Layers>): AdvisoryFile {
  const text = mergeLayers({ ecosystem: 'npm', base: undefined, layers: [], exploited: undefined, scores: undefined, ...more });
  return present(openAdvisoryFile(text), 'a file');
}

const shown = (file: AdvisoryFile): readonly string[] =>
  [...file.entries()].map(([name, { id, ranges }]) => `${name} ${id} ${ranges.map((events) => events.at(-1)?.fixed ?? '?').join()}`);

describe('gatherAdvisories', () => {
  it.each([
    [osv('GHSA-1'), 'taken'],
    [osv('GHSA-1', { withdrawn: '2026-01-01T00:00:00Z' }), 'withdrawn'],
    [osv('GHSA-1', { affected: [{ package: { ecosystem: 'Debian:12', name: 'a' } }] }), 'foreign'],
    [osv('GHSA-1', { affected: affects('a', '1'.repeat(1000)) }), 'refused'],
    [{ name: 'a' }, 'no_advisory'],
    [null, 'no_advisory'],
  ])('%j_is_%s', (document, verdict) => {
    expect(gatherAdvisories().take(document)).toBe(verdict);
  });

  it('the_date_is_the_newest_day_of_what_was_taken', () => {
    const { head } = layer([osv('A'), osv('B', { modified: '2026-09-09T01:02:03Z' }), osv('C', { modified: '2026-07-01T00:00:00Z' })]);
    expect(head.sources[0]?.date).toBe('2026-09-09');
  });
});

describe('mergeLayers', () => {
  const base = layer(
    [osv('GHSA-1', { aliases: ['CVE-2020-0001'] }), osv('GHSA-2'), osv('GHSA-3', { affected: affects('b', '2.0.0') })],
    'release',
  );

  it('what_an_import_names_replaces_what_the_release_knew_of_it_and_the_rest_stays', () => {
    const newer = layer([osv('PYSEC-9', { aliases: ['CVE-2020-0001'], affected: affects('a', '1.5.0') })]);
    expect(shown(merged({ base, layers: [newer] }))).toEqual(['a GHSA-2 1.0.0', 'a PYSEC-9 1.5.0', 'b GHSA-3 2.0.0']);
  });

  it('what_an_import_took_back_is_gone_from_the_release', () => {
    const newer = layer([osv('GHSA-7'), osv('GHSA-2', { withdrawn: '2026-01-01T00:00:00Z' })]);
    expect(shown(merged({ base, layers: [newer] }))).toEqual(['a GHSA-1 1.0.0', 'a GHSA-7 1.0.0', 'b GHSA-3 2.0.0']);
  });

  it('two_imports_that_name_one_flaw_are_one_advisory_that_is_affected_where_either_says_so', () => {
    const layers = [layer([osv('GHSA-7')], 'one'), layer([osv('OWN-1', { aliases: ['GHSA-7'], affected: affects('a', '3.0.0') })], 'two')];
    expect(shown(merged({ layers }))).toEqual(['a GHSA-7 1.0.0,3.0.0']);
    expect(merged({ layers }).head).toMatchObject({ advisories: 1, sources: [{ name: 'one' }, { name: 'two' }] });
  });

  it('days_and_probabilities_of_exploitation_are_found_under_any_name', () => {
    const exploited = { date: '2026-08-21', days: { 'CVE-2020-0001': '2021-01-01' } };
    const scores = { date: '2026-08-22', scores: { 'CVE-2020-0001': 0.5, 'GHSA-2': 0.1 } };
    const file = merged({ base, exploited, scores });
    expect(file.of('a')).toMatchObject([
      { id: 'GHSA-1', kev: '2021-01-01', epss: 0.5 },
      { id: 'GHSA-2', epss: 0.1 },
    ]);
    expect(file.of('a')[1]?.kev).toBeUndefined();
    expect(file.head.sources.map(({ name, date }) => `${name} ${date}`)).toEqual([
      'CISA KEV 2026-08-21',
      'EPSS 2026-08-22',
      'release 2026-08-01',
    ]);
  });

  it('the_order_of_imports_does_not_change_the_file', () => {
    const [one, two] = [layer([osv('GHSA-7')], 'one'), layer([osv('GHSA-8')], 'two')];
    expect(shown(merged({ layers: [one, two] }))).toEqual(shown(merged({ layers: [two, one] })));
  });
});
