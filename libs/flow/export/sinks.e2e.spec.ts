import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { limits, sinkIdSchema, sinksSchema, type SinksView } from '@lib/contract';
import { openTenancy } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { closeDatabase, openDatabase } from '@lib/platform/db';
import { testApi, type TestApi } from '../../../tools/testing/api.ts';
import { heldJob } from '../../../tools/testing/held-job.ts';
import { leaveSink } from './index.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());
beforeEach(() => api.database.admin('delete from app.audit_sink'));

const secret = `whsec_${randomBytes(32).toString('base64')}`;
const draft = { target: { kind: 'webhook', url: 'https://siem.test/audit' }, secret };
const send = (method: string, path = '', ask: { readonly token?: string; readonly body?: unknown } = {}) =>
  api.ask(method, `/v1/audit/sinks${path}`, ask);
const add = async (token = api.acme.admin): Promise<string> => {
  const { json } = await send('POST', '', { token, body: draft });
  return (json as { id: string }).id;
};
const state = async (token = api.acme.read): Promise<SinksView> => sinksSchema.parse((await send('GET', '', { token })).json);

describe('listSinks', () => {
  test('200_shows_how_far_each_stream_is_and_what_failed_last_and_no_secret', async () => {
    const id = await add();
    await api.database.admin(
      `update app.audit_sink set cursor = 7, failures = 2, error_code = 'sink.unavailable', failed_at = now() where id = $1`,
      [id],
    );
    const { json, text } = await send('GET', '', { token: api.acme.read });
    expect(json).toMatchObject({ sinks: [{ id, target: draft.target, next: 7, failures: 2, errorCode: 'sink.unavailable' }] });
    expect(text).not.toContain(secret);
    expect(await api.audit(api.acme.id, 'audit.sinks_read')).not.toHaveLength(0);
  });

  test('401_without_a_live_credential', async () => {
    expect((await send('GET')).status).toBe(401);
  });
});

describe('addSink', () => {
  const drafts = [
    draft,
    { target: { kind: 'splunk', url: 'https://splunk.test:8088' }, secret: 'a-token-of-splunk', from: 10 },
    { target: { kind: 'syslog', host: 'syslog.test', port: 6514 } },
    { target: { kind: 's3', bucket: 'audit-logs', region: 'eu-central-1' } },
  ];

  test('201_each_kind_is_there_and_the_log_says_who_added_it_without_its_secret', async () => {
    for (const body of drafts) {
      const { status, json } = await send('POST', '', { token: api.acme.admin, body });
      expect(status).toBe(201);
      const { id } = json as { id: string };
      const [shown] = (await state()).sinks.filter((sink) => sink.id === id);
      expect(shown).toMatchObject({ target: body.target, next: 'from' in body ? body.from : 0 });
      const [event] = (await api.audit(api.acme.id, 'audit.sink_added')).filter(({ targets }) => targets[0]?.id === id);
      expect(event).toMatchObject({ actor: { type: 'token' }, detail: { kind: body.target.kind } });
      if ('secret' in body) expect(JSON.stringify(event)).not.toContain(body.secret);
    }
    expect((await state(api.other.read)).sinks).toEqual([]);
  });

  test('400_for_an_address_that_is_not_https_or_a_secret_of_another_form', async () => {
    const asked = [
      { ...draft, target: { kind: 'webhook', url: 'http://siem.test' } },
      { ...draft, secret: 'correct horse battery' },
      { target: { kind: 's3', bucket: 'Not A Bucket', region: 'eu-central-1' } },
    ];
    const answers = await Promise.all(asked.map((body) => send('POST', '', { token: api.acme.admin, body })));
    expect(answers.map(({ status, code }) => [status, code])).toEqual([
      [400, 'http.request_invalid'],
      [400, 'audit.sink_secret_invalid'],
      [400, 'http.request_invalid'],
    ]);
  });

  test('401_without_a_live_credential', async () => {
    expect((await send('POST', '', { body: draft })).status).toBe(401);
  });

  test('403_for_a_credential_of_scope_write', async () => {
    expect((await send('POST', '', { token: api.acme.write, body: draft })).status).toBe(403);
  });

  test('409_for_one_too_many', async () => {
    for (let count = 0; count < limits.auditSinksMax; count += 1) await add();
    expect((await send('POST', '', { token: api.acme.admin, body: draft })).code).toBe('audit.sinks_full');
  });
});

describe('removeSink', () => {
  const remove = (id: string, token?: string) => send('DELETE', `/${id}`, token === undefined ? {} : { token });

  test('204_nothing_more_is_delivered_there', async () => {
    const id = await add();
    expect((await remove(id, api.acme.admin)).status).toBe(204);
    expect((await state()).sinks).toMatchObject([{ id, state: 'leaving' }]);
    expect((await remove(id, api.acme.admin)).code).toBe('audit.sink_not_found');
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await remove('x', api.acme.admin)).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await remove(randomUUID())).status).toBe(401);
  });

  test('403_for_a_credential_of_scope_write', async () => {
    expect((await remove(randomUUID(), api.acme.write)).status).toBe(403);
  });

  test('404_for_another_tenants_sink_which_stays', async () => {
    const theirs = await add(api.other.admin);
    expect((await remove(theirs, api.acme.admin)).code).toBe('audit.sink_not_found');
    expect((await state(api.other.read)).sinks).toHaveLength(1);
  });
});

describe('restoreSink', () => {
  const restore = (id: string, token?: string) => send('POST', `/${id}/restoration`, token === undefined ? {} : { token });
  const remove = (id: string) => send('DELETE', `/${id}`, { token: api.acme.admin });
  const isDue = (id: string) => api.database.admin(`update app.audit_sink set leaves_at = now() - interval '1 second' where id = $1`, [id]);
  async function leave(sinkId: string): Promise<void> {
    const pool = openDatabase({ url: api.database.urls.aegis_worker, poolMax: 1, applicationName: 'test' });
    const payload = { tenantId: api.acme.id, sinkId: sinkIdSchema.parse(sinkId) };
    const deps = { tenancy: openTenancy(pool), clock: systemClock, ids: systemIds };
    await leaveSink(deps, await heldJob(api.database, api.acme.id, { kind: 'sink.leave', payload })).finally(() => closeDatabase(pool));
  }

  test('204_entries_are_delivered_again_and_the_job_that_comes_then_leaves_it_alone', async () => {
    const id = await add();
    await remove(id);
    expect((await restore(id, api.acme.admin)).status).toBe(204);
    await leave(id);
    expect((await state()).sinks).toMatchObject([{ id, state: 'active', leavesAt: null }]);
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await restore('x', api.acme.admin)).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await restore(randomUUID())).status).toBe(401);
  });

  test('403_for_a_credential_of_scope_write', async () => {
    expect((await restore(randomUUID(), api.acme.write)).status).toBe(403);
  });

  test('404_for_another_tenants_sink', async () => {
    expect((await restore(await add(api.other.admin), api.acme.admin)).code).toBe('audit.sink_not_found');
  });

  test('409_when_the_time_is_over_and_for_one_that_is_not_leaving_and_its_secret_goes_with_it_and_not_before', async () => {
    const id = await add();
    expect((await restore(id, api.acme.admin)).code).toBe('audit.sink_not_leaving');
    await remove(id);
    await leave(id);
    expect((await state()).sinks).toMatchObject([{ id, state: 'leaving' }]);
    await isDue(id);
    expect((await restore(id, api.acme.admin)).code).toBe('audit.sink_not_leaving');
    await leave(id);
    expect(await api.database.admin('select 1 from app.audit_sink where id = $1', [id])).toEqual([]);
    expect((await api.audit(api.acme.id, 'audit.sink_removed')).some(({ targets }) => targets[0]?.id === id)).toBe(true);
  });
});
