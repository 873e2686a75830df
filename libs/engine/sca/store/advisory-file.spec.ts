import { describe, expect, it } from 'vitest';
import { fc } from '../../../../tools/testing/seeded-fast-check.ts';
import { openAdvisoryFile, writeAdvisoryFile } from './advisory-file.ts';
import { advisoryRecordSchema } from './advisory-record.ts';
import { mergeAliases } from './merge-aliases.ts';
import { readOsv } from './read-osv.ts';

const record = (id: string, more: object = {}) => advisoryRecordSchema.parse({ id, summary: id, ...more });
const source = { name: 'a', date: '2026-01-01', licence: 'CC0-1.0', scope: 'all' };

describe('openAdvisoryFile', () => {
  it('every_name_is_found_with_its_entries_and_no_other', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-zA-Z0-9@/_.-]{1,12}$/u), { minLength: 0, maxLength: 40 });
    fc.assert(
      fc.property(names, fc.stringMatching(/^[a-z0-9]{1,6}$/u), (packages, other) => {
        const entries = packages.flatMap((name, index) =>
          Array.from({ length: 1 + (index % 3) }, (_, at) => [name, record(`${name}-${at}`)] as const),
        );
        const file = openAdvisoryFile(writeAdvisoryFile({ ecosystem: 'npm', sources: [source] }, entries))!;
        packages.forEach((name, index) => {
          expect(file.of(name).map(({ id }) => id)).toEqual(Array.from({ length: 1 + (index % 3) }, (_, at) => `${name}-${at}`));
        });
        if (!packages.includes(other)) expect(file.of(other)).toEqual([]);
        expect([...file.entries()]).toHaveLength(entries.length);
      }),
    );
  });

  it('the_same_entries_in_any_order_are_the_same_text', () => {
    const entries = ['b', 'a', 'c'].map((name) => [name, record(name)] as const);
    const written = (list: typeof entries) => writeAdvisoryFile({ ecosystem: 'npm', sources: [source] }, list);
    expect(written(entries)).toBe(written(entries.toReversed()));
  });

  it('a_text_that_is_no_such_file_is_refused', () => {
    for (const text of ['', '{}', 'a\tb\n', '{"format":2}\n']) expect(openAdvisoryFile(text)).toBeUndefined();
  });
});

describe('mergeAliases', () => {
  it('names_that_meet_through_a_third_are_one_flaw_in_whatever_order_they_come', () => {
    const three = [
      record('PYSEC-1', { aliases: ['CVE-1'], severity: 'low', ranges: [[{ introduced: '1' }]] }),
      record('GHSA-1', { aliases: ['CVE-2'], severity: 'high', ranges: [[{ introduced: '2' }]] }),
      record('CVE-1', { aliases: ['CVE-2'], cwe: [79] }),
    ];
    const orders = [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ].map((order) => mergeAliases(order.map((index) => three[index]!)));
    for (const merged of orders) {
      expect(merged).toHaveLength(1);
      expect(merged[0]).toMatchObject({ id: 'GHSA-1', severity: 'high', cwe: [79] });
      expect(merged[0]?.aliases).toEqual(['PYSEC-1', 'CVE-1', 'CVE-2']);
      expect(merged[0]?.ranges).toHaveLength(2);
    }
  });

  it('flaws_without_a_common_name_stay_apart', () => {
    expect(mergeAliases([record('A', { aliases: ['CVE-1'] }), record('B', { aliases: ['CVE-2'] })])).toHaveLength(2);
  });
});

const document = {
  id: 'GHSA-aaaa-bbbb-cccc',
  aliases: ['CVE-2026-1'],
  modified: '2026-01-02T00:00:00Z',
  summary: 'Everything is on fire.',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  database_specific: { cwe_ids: ['CWE-79'] },
  affected: [
    {
      package: { ecosystem: 'PyPI', name: 'Foo_Bar' },
      ranges: [
        { type: 'ECOSYSTEM', events: [{ fixed: '1.2' }, { introduced: '0' }] },
        { type: 'GIT', events: [{ introduced: 'abc' }] },
      ],
      versions: ['1.0', '1.1', '2.0b1'],
    },
    { package: { ecosystem: 'Debian:12', name: 'foo' }, ranges: [] },
  ],
};

describe('readOsv', () => {
  it('a_document_becomes_one_record_a_package_of_an_ecosystem_that_is_read', () => {
    const entries = readOsv(document)?.entries;
    expect(entries).toHaveLength(1);
    expect(entries?.[0]).toEqual({
      ecosystem: 'PyPI',
      name: 'foo-bar',
      record: {
        id: 'GHSA-aaaa-bbbb-cccc',
        aliases: ['CVE-2026-1'],
        summary: 'Everything is on fire',
        severity: 'critical',
        cwe: [79],
        ranges: [[{ introduced: '0' }, { fixed: '1.2' }]],
        versions: ['2.0b1'],
        symbols: [],
      },
    });
  });

  it('a_withdrawn_document_says_nothing', () => {
    expect(readOsv({ ...document, withdrawn: '2026-01-03T00:00:00Z' })).toMatchObject({ withdrawn: true, entries: [] });
  });

  it.each([
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', 'critical'],
    ['CVSS:3.0/AV:L/AC:H/PR:L/UI:N/S:U/C:L/I:N/A:N', 'low'],
    ['AV:N/AC:L/Au:N/C:P/I:P/A:P', 'high'],
    ['nonsense', undefined],
  ])('the vector %s is %s', (score, severity) => {
    expect(readOsv({ ...document, severity: [{ type: 'CVSS', score }] })?.entries[0]?.record.severity).toBe(severity);
  });

  it('a_package_that_was_published_to_do_harm_is_marked', () => {
    expect(readOsv({ ...document, id: 'MAL-2026-1' })?.entries[0]?.record).toMatchObject({ malicious: true, severity: 'critical' });
    expect(readOsv({ ...document, database_specific: { cwe_ids: ['CWE-506'] } })?.entries[0]?.record.malicious).toBe(true);
    expect(readOsv(document)?.entries[0]?.record.malicious).toBeUndefined();
  });

  it.each([[null], ['a'], [{ id: '' }], [{ id: 'A', affected: 'x' }]])('%j is no document', (value) => {
    expect(readOsv(value)).toBeUndefined();
  });
});
