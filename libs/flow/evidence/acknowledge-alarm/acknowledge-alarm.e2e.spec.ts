import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alarmSchema } from '@lib/contract';
import { testApi, type TestApi, type TestTenant } from '../../../../tools/testing/api.ts';
import { plantAlarms, plantFindings, plantRepository, plantScan } from '../../../../tools/testing/plant.ts';

let api: TestApi;
let cookie: string;
beforeAll(async () => {
  api = await testApi();
  const answer = await api.ask('POST', '/v1/sessions', { body: { token: api.acme.write }, headers: { 'x-aegis-request': '1' } });
  cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
});
afterAll(() => api.close());
const absent = '0195a1d0-0000-7000-8000-000000000000';

async function plantOne(tenant: TestTenant): Promise<{ readonly alarm: string; readonly finding: string }> {
  const repositoryId = await plantRepository(api, tenant, `shop ${String(Math.random())}`);
  const scanId = await plantScan(api, tenant, { repositoryId, state: 'succeeded' });
  const [finding = ''] = await plantFindings(api, tenant, [{ repositoryId, scanId, path: 'a.js' }]);
  const [alarm = ''] = await plantAlarms(api, tenant, [finding]);
  return { alarm, finding };
}
const asPerson = (id: string) =>
  api.ask('POST', `/v1/alarms/${id}/acknowledge`, { headers: { cookie, 'x-aegis-request': '1', origin: api.base } });

describe('acknowledgeAlarm', () => {
  test('200_closes_the_alarm_under_the_session_and_says_so_in_the_log', async () => {
    const { alarm } = await plantOne(api.acme);
    const answer = await asPerson(alarm);
    expect(answer.status).toBe(200);
    expect(alarmSchema.parse(answer.json)).toMatchObject({ id: alarm, acknowledgedBy: expect.stringMatching(/^session /u) as unknown });
    expect((await api.audit(api.acme.id, 'alarm.acknowledged')).map((event) => [event.targets[0]?.id, event.actor.type])).toEqual([
      [alarm, 'session'],
    ]);
  });

  test('200_does_not_silence_the_next_sight_of_the_same_evidence', async () => {
    const { alarm, finding } = await plantOne(api.acme);
    await asPerson(alarm);
    await api.database.admin(`update app.sighting set sha256 = decode(repeat('ab', 32), 'hex') where finding_id = $1`, [finding]);
    await api.ask('GET', `/v1/findings/${finding}`, { token: api.acme.read });
    const open = await api.database.admin('select id from app.alarm where finding_id = $1 and acknowledged_at is null', [finding]);
    expect(open).toHaveLength(1);
    expect(open[0]?.['id']).not.toBe(alarm);
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await asPerson('none')).code).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', `/v1/alarms/${absent}/acknowledge`)).code).toBe('identity.unauthenticated');
  });

  test('403_for_every_token_the_admins_included_and_the_alarm_stays', async () => {
    const { alarm } = await plantOne(api.acme);
    for (const token of [api.acme.write, api.acme.admin])
      expect((await api.ask('POST', `/v1/alarms/${alarm}/acknowledge`, { token })).code).toBe('alarm.human_required');
    expect((await api.ask('POST', `/v1/alarms/${alarm}/acknowledge`, { token: api.acme.read })).code).toBe('identity.scope_too_small');
    expect(await api.database.admin('select acknowledged_at from app.alarm where id = $1', [alarm])).toEqual([{ acknowledged_at: null }]);
  });

  test('other_tenants_alarm_answers_404_as_an_absent_one_and_stays', async () => {
    const { alarm } = await plantOne(api.other);
    const [theirs, none] = [await asPerson(alarm), await asPerson(absent)];
    expect([theirs.code, none.code]).toEqual(['alarm.not_found', 'alarm.not_found']);
    expect(await api.database.admin('select acknowledged_at from app.alarm where id = $1', [alarm])).toEqual([{ acknowledged_at: null }]);
  });

  test('409_for_one_that_was_acknowledged', async () => {
    const { alarm } = await plantOne(api.acme);
    await asPerson(alarm);
    expect((await asPerson(alarm)).code).toBe('alarm.already_acknowledged');
  });
});
