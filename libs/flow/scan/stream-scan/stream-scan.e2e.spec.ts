import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limits, type RepositoryId, type ScanId } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { plantEvent, plantRepository, plantScan } from '../../../../tools/testing/plant.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  repositoryId = await plantRepository(api, api.acme, 'shop');
  theirRepository = await plantRepository(api, api.other, 'vault');
  theirs = await plantScan(api, api.other, { repositoryId: theirRepository, stages: ['queued'] });
});
afterAll(() => api.close());
let repositoryId: RepositoryId;
let theirRepository: RepositoryId;
let theirs: ScanId;

function eventsIn(text: string): { id: string; stage: string }[] {
  return [...text.matchAll(/^id: (\d+)\nevent: progress\ndata: .*"stage":"(\w+)"/gmu)].map(([, id = '', stage = '']) => ({ id, stage }));
}

type Following = {
  readonly status: number;
  readonly drop: () => void;
  readonly next: (wanted: string) => Promise<string>;
  readonly ended: () => Promise<void>;
};

async function follow(scanId: string): Promise<Following> {
  const controller = new AbortController();
  const headers = { authorization: `Bearer ${api.acme.read}` };
  const answer = await fetch(`${api.base}/v1/scans/${scanId}/events`, { headers, signal: controller.signal });
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = answer.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  return {
    status: answer.status,
    drop: () => controller.abort(),
    next: async (wanted: string) => {
      for (let from = 0; ;) {
        if (text.slice(from).includes(wanted)) return text;
        const chunk = await reader?.read();
        if (chunk?.value === undefined) throw new Error(`ended without ${wanted}`);
        text += decoder.decode(chunk.value, { stream: true });
        from = 0;
      }
    },
    ended: async () => {
      while ((await reader?.read())?.done === false);
    },
  };
}

describe('streamScan', () => {
  test('200_replays_every_event_and_ends_after_the_scan_has', async () => {
    const id = await plantScan(api, api.acme, { repositoryId, state: 'succeeded', stages: ['queued', 'ingest', 'done'] });
    const answer = await api.ask('GET', `/v1/scans/${id}/events`, { token: api.acme.read });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(eventsIn(answer.text)).toEqual([
      { id: '1', stage: 'queued' },
      { id: '2', stage: 'ingest' },
      { id: '3', stage: 'done' },
    ]);
  });

  test('200_continues_after_the_last_event_that_the_client_saw', async () => {
    const id = await plantScan(api, api.acme, { repositoryId, state: 'succeeded', stages: ['queued', 'ingest', 'done'] });
    const resume = async (lastEventId: string) =>
      eventsIn(
        (await api.ask('GET', `/v1/scans/${id}/events`, { token: api.acme.read, headers: { 'last-event-id': lastEventId } })).text,
      ).map((event) => event.id);
    expect(await resume('2')).toEqual(['3']);
    expect(await resume('3')).toEqual([]);
    expect(await resume('nonsense')).toEqual(['1', '2', '3']);
  });

  test('200_shows_what_happens_while_it_is_open', async () => {
    const scanId = await plantScan(api, api.acme, { repositoryId, stages: ['queued'] });
    const stream = await follow(scanId);
    expect(await stream.next('queued')).toContain('"stage":"queued"');
    await plantEvent(api, { tenantId: api.acme.id, scanId }, { seq: 2, stage: 'analyze' });
    expect(await stream.next('analyze')).toContain('id: 2');
    await api.ask('POST', `/v1/scans/${scanId}/cancel`, { token: api.acme.write });
    expect(await stream.next('"stage":"done"')).toContain('"state":"cancelled"');
    await stream.ended();
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await api.ask('GET', '/v1/scans/none/events', { token: api.acme.read })).code).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', `/v1/scans/${theirs}/events`)).code).toBe('identity.unauthenticated');
  });

  test('other_tenants_scan_answers_404_and_no_event', async () => {
    const answer = await api.ask('GET', `/v1/scans/${theirs}/events`, { token: api.acme.read });
    expect([answer.status, answer.code]).toEqual([404, 'scan.not_found']);
    expect(answer.text).not.toContain('event:');
  });

  test('429_past_the_tenants_share_which_a_dropped_client_gives_back_and_another_tenant_has_its_own', async () => {
    const scanId = await plantScan(api, api.acme, { repositoryId, stages: ['queued'] });
    const open: Following[] = [];
    for (let index = 0; index < limits.eventStreamsPerTenantMax; index++) open.push(await follow(scanId));
    const refused = await api.ask('GET', `/v1/scans/${scanId}/events`, { token: api.acme.read });
    expect([refused.status, refused.code]).toEqual([429, 'scan.too_many_streams']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const done = await plantScan(api, api.other, { repositoryId: theirRepository, state: 'failed', stages: ['done'] });
    expect((await api.ask('GET', `/v1/scans/${done}/events`, { token: api.other.read })).status).toBe(200);
    open[0]?.drop();
    await expect
      .poll(
        async () => {
          open.push(await follow(scanId));
          return open.at(-1)?.status;
        },
        { timeout: 30_000 },
      )
      .toBe(200);
    for (const stream of open) stream.drop();
  });
});
