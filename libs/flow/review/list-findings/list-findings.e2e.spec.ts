import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listFindings, type FindingView, type RepositoryId, type ScanId } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { plantFindings, plantRepository, plantScan } from '../../../../tools/testing/plant.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  repositoryId = await plantRepository(api, api.acme, 'shop');
  scanId = await plantScan(api, api.acme, { repositoryId, state: 'succeeded' });
  const of = { repositoryId, scanId };
  await plantFindings(api, api.acme, [
    { ...of, path: 'z.js', score: 70, severity: 4 },
    { ...of, path: 'a.js', score: 70, ruleId: 'js/redos' },
    { ...of, path: 'lib/c.js', score: 10, analyzer: 'secrets' },
    { ...of, path: longPath, score: 50 },
    { ...of, path: 'b.js', score: 90, state: 'fixed' },
  ]);
  theirs.repositoryId = await plantRepository(api, api.other, 'vault');
  theirs.scanId = await plantScan(api, api.other, { repositoryId: theirs.repositoryId, state: 'succeeded' });
  await plantFindings(api, api.other, [{ ...theirs, path: 'theirs.js', score: 99 }]);
});
afterAll(() => api.close());
const { schema } = listFindings.answers[200];
const longPath = `c/lib/${'x'.repeat(900)}.js`;
let repositoryId: RepositoryId;
let scanId: ScanId;
const theirs: { repositoryId: RepositoryId; scanId: ScanId } = { repositoryId: '' as RepositoryId, scanId: '' as ScanId };

async function pages(filter: string): Promise<{ items: FindingView[]; total: number }> {
  const items: FindingView[] = [];
  let cursor: string | null = '';
  let total = -1;
  for (let page = 0; page < 10 && cursor !== null; page++) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const answer = await api.ask('GET', `/v1/findings?limit=2${filter}${query}`, { token: api.acme.read });
    const parsed = schema.parse(answer.json);
    items.push(...parsed.items);
    cursor = parsed.nextCursor;
    total = parsed.total;
  }
  return { items, total };
}

describe('listFindings', () => {
  test('200_worst_first_pages_through_all_once_with_the_total', async () => {
    const all = await pages('');
    expect(all.items.map((item) => item.score)).toEqual([90, 70, 70, 50, 10]);
    expect(new Set(all.items.map((item) => item.id)).size).toBe(5);
    expect(all.total).toBe(5);
  });

  test('200_by_path_pages_through_all_once_also_when_paths_are_longer_than_a_cursor', async () => {
    const paths = (await pages('&sort=path')).items.map((item) => item.path);
    expect(paths).toEqual(['a.js', 'b.js', longPath, 'lib/c.js', 'z.js']);
  });

  test.each([
    ['severity=critical', 1],
    ['analyzer=secrets', 1],
    ['state=fixed', 1],
    ['path=lib', 2],
    ['ruleId=js/redos', 1],
    ['path=%25', 0],
  ])('200_the_filter_%s_finds_%i', async (filter, count) => {
    const answer = schema.parse((await api.ask('GET', `/v1/findings?${filter}`, { token: api.acme.read })).json);
    expect([answer.items.length, answer.total]).toEqual([count, count]);
  });

  test('200_filters_by_scan_and_repository_and_finds_nothing_by_ids_of_another_tenant', async () => {
    const count = async (filter: string) =>
      schema.parse((await api.ask('GET', `/v1/findings?${filter}`, { token: api.acme.read })).json).total;
    expect(await count(`scanId=${scanId}`)).toBe(5);
    expect(await count(`repositoryId=${repositoryId}`)).toBe(5);
    expect(await count(`scanId=${theirs.scanId}`)).toBe(0);
    expect(await count(`repositoryId=${theirs.repositoryId}`)).toBe(0);
  });

  test.each(["path=' or 1=1 --", "ruleId='); drop table app.finding; --", "path=' || set_config('app.tenant_id', '', true) || '"])(
    '200_%s_is_text_to_look_for_and_nothing_else',
    async (filter) => {
      const [name = '', value = ''] = filter.split(/=(.*)/u);
      const answer = await api.ask('GET', `/v1/findings?${name}=${encodeURIComponent(value)}`, { token: api.acme.read });
      expect([answer.status, schema.parse(answer.json).total]).toEqual([200, 0]);
    },
  );

  test('400_for_a_sort_key_that_is_none_and_for_cursors_that_are_not_of_this_list', async () => {
    expect((await api.ask('GET', '/v1/findings?sort=tenant_id', { token: api.acme.read })).code).toBe('http.request_invalid');
    const cursor = String(schema.parse((await api.ask('GET', '/v1/findings?limit=1', { token: api.acme.read })).json).nextCursor);
    for (const query of [`sort=path&cursor=${cursor}`, `severity=high&cursor=${cursor}`, `cursor=${cursor}x`])
      expect((await api.ask('GET', `/v1/findings?${query}`, { token: api.acme.read })).code, query).toBe('http.cursor_invalid');
    expect((await api.ask('GET', `/v1/findings?cursor=${cursor}`, { token: api.other.read })).code).toBe('http.cursor_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/findings')).code).toBe('identity.unauthenticated');
  });
});
