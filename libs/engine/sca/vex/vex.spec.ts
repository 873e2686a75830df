import { describe, expect, it } from 'vitest';
import type { LockedPackage } from '../dependency.ts';
import type { Trace } from '../inventory/trace-paths.ts';
import type { AdvisoryRecord } from '../store/advisory-record.ts';
import { readOpenVex } from './read-openvex.ts';
import { statementsOn } from './statements-on.ts';

const locked = (name: string, version = '4.17.10'): LockedPackage => ({
  ecosystem: 'npm',
  name,
  version,
  id: name,
  startLine: 1,
  endLine: 1,
  dependsOn: [],
});
const found = locked('lodash');
const trace: Trace = { direct: false, dev: false, path: [locked('express', '4.19.2'), found] };
const hit: AdvisoryRecord = {
  id: 'GHSA-35jh-r3h4-6jhm',
  aliases: ['CVE-2021-23337'],
  summary: '',
  cwe: [],
  ranges: [],
  versions: [],
  symbols: [],
};

const statement = (more: object = {}) => ({
  vulnerability: { name: 'CVE-2021-23337' },
  products: [{ '@id': 'pkg:npm/lodash@4.17.10' }],
  status: 'not_affected',
  justification: 'vulnerable_code_not_in_execute_path',
  ...more,
});
const document = (statements: readonly object[], more: object = {}) => ({
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://acme.example/vex/1',
  author: 'Acme',
  timestamp: '2026-08-01T00:00:00Z',
  version: 1,
  statements,
  ...more,
});

/** What is shown beside the finding: `id status justification by date`. */
function shown(...statements: readonly object[]): readonly string[] {
  const read = readOpenVex('.vex/acme.json', document(statements)) ?? [];
  return statementsOn({ found, trace, hits: [hit] }, read).map(([{ id, status, justification = '-', by, date }]) =>
    [id, status, justification, by, date].join(' '),
  );
}

const notAffected = 'GHSA-35jh-r3h4-6jhm not_affected vulnerable_code_not_in_execute_path Acme 2026-08-01';

describe('statements of suppliers', () => {
  it('one_on_a_package_and_a_flaw_under_any_of_its_names_is_shown_with_its_reason_author_and_day', () => {
    expect(shown(statement())).toEqual([notAffected]);
    expect(shown(statement({ vulnerability: { name: 'OWN-1', aliases: ['GHSA-35jh-r3h4-6jhm'] } }))).toEqual([notAffected]);
    expect(shown(statement({ vulnerability: 'CVE-2021-23337', products: ['pkg:npm/lodash'] }))).toEqual([notAffected]);
  });

  it.each([
    ['another flaw', { vulnerability: { name: 'CVE-2020-8203' } }],
    ['another version', { products: [{ '@id': 'pkg:npm/lodash@4.17.20' }] }],
    ['another package', { products: [{ '@id': 'pkg:npm/underscore' }] }],
    ['another ecosystem', { products: [{ '@id': 'pkg:pypi/lodash' }] }],
    ['a part of a package that is not here', { products: [{ '@id': 'pkg:npm/koa', subcomponents: [{ '@id': 'pkg:npm/lodash' }] }] }],
    ['no product', { products: [] }],
  ])('one_on_%s_is_not', (_, more) => {
    expect(shown(statement(more))).toEqual([]);
  });

  it.each([
    ['a package by which it comes in', 'pkg:npm/express@4.19.2'],
    ['a project that is no package of the tree', 'https://acme.example/shop'],
    ['an image', 'pkg:oci/shop@sha256:aa'],
  ])('one_on_it_as_a_part_of_%s_is', (_, product) => {
    const subcomponents = [{ identifiers: { purl: 'pkg:npm/lodash@4.17.10' } }];
    expect(shown(statement({ products: [{ '@id': product, subcomponents }] }))).toEqual([notAffected]);
  });

  it('the_newest_of_several_counts', () => {
    const later = statement({ status: 'affected', justification: undefined, timestamp: '2026-09-01T00:00:00Z', supplier: 'Lodash' });
    expect(shown(later, statement())).toEqual(['GHSA-35jh-r3h4-6jhm affected - Lodash 2026-09-01']);
  });

  it.each([
    ['another format', { bomFormat: 'CycloneDX', vulnerabilities: [] }],
    ['a status that there is not', document([statement({ status: 'fine' })])],
    ['no statements', document([], { statements: undefined })],
    ['a list', []],
  ])('%s_is_no_document', (_, given) => {
    expect(readOpenVex('vex.json', given)).toBeUndefined();
  });
});
