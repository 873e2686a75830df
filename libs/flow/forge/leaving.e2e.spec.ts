import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limits, type ForgeAppId } from '@lib/contract';
import { openTenancy, type Tenancy } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { closeDatabase, openDatabase, type Database } from '@lib/platform/db';
import { plantToken, testApi, type TestApi } from '../../../tools/testing/api.ts';
import { dyingAt, endOf } from '../../../tools/testing/dying-tenancy.ts';
import { heldJob } from '../../../tools/testing/held-job.ts';
import { plantForgeApp } from '../../../tools/testing/plant-forge.ts';
import { findApp } from './forge.store.ts';
import { leaveForgeApp } from './index.ts';

let api: TestApi;
let pool: Database;
let tenancy: Tenancy;
beforeAll(async () => {
  api = await testApi();
  pool = openDatabase({ url: api.database.urls.aegis_worker, poolMax: 2, applicationName: 'test' });
  tenancy = openTenancy(pool);
});
afterAll(async () => {
  await closeDatabase(pool);
  await api.close();
});

const absent = '0195a1d0-0000-7000-8000-000000000000';
const secret = 'a secret of a webhook';
let next = 100;
const plant = (tenant = api.acme) => plantForgeApp(api, tenant, { secrets: [secret], externalId: next++ });
const remove = (id: string, token = api.acme.admin) => api.ask('POST', `/v1/forge/apps/${id}/removal`, { token });
const restore = (id: string, token = api.acme.admin) => api.ask('POST', `/v1/forge/apps/${id}/restoration`, { token });
const deps = (over: Tenancy = tenancy) => ({ tenancy: over, clock: systemClock, ids: systemIds });
const job = (forgeAppId: ForgeAppId) =>
  heldJob(api.database, api.acme.id, { kind: 'forge.leave', payload: { tenantId: api.acme.id, forgeAppId } });
const isDue = (id: string) => api.database.admin(`update app.forge_app set leaves_at = now() - interval '1 second' where id = $1`, [id]);
const stateOf = async (id: string) => (await api.database.admin('select state from app.forge_app where id = $1', [id]))[0]?.['state'];
const usable = (appId: ForgeAppId) =>
  tenancy.withTenantOnce({ ...api.acme.context, pass: api.database.pass(api.acme.id) }, 'test', (tx) => findApp(tx, appId));

async function deliver(hook: string): Promise<string | undefined> {
  const body = '{"zen":"x"}';
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const answer = await api.ask('POST', `/v1/forge/hooks/${hook}`, {
    raw: new Uint8Array(Buffer.from(body)),
    headers: { 'content-type': 'application/json', 'x-github-event': 'ping', 'x-github-delivery': 'one', 'x-hub-signature-256': signature },
  });
  return answer.code ?? String(answer.status);
}

describe('removeForgeApp', () => {
  test('202_takes_no_delivery_and_does_nothing_more_with_the_app_at_once_and_says_until_when_it_can_be_undone', async () => {
    const { appId, hook } = await plant();
    const reconcile = await heldJob(api.database, api.acme.id, {
      kind: 'forge.reconcile',
      payload: { tenantId: api.acme.id, forgeAppId: appId },
    });
    expect(await deliver(hook)).toBe('202');
    const answer = await remove(appId);
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({ id: appId, state: 'leaving' });
    const left = Date.parse(String(Reflect.get(Object(answer.json), 'leavesAt'))) - Date.now();
    expect(left).toBeGreaterThan(limits.offboardingGraceMs - 60_000);
    expect(await deliver(hook)).toBe('forge.hook_unknown');
    expect(await usable(appId)).toBeUndefined(); // whoever would mint a token asks for the App first
    expect(await api.database.admin('select state from app.job where id = $1', [reconcile.id])).toEqual([{ state: 'cancelled' }]);
    expect((await api.audit(api.acme.id, 'forge.app_leaving')).some(({ targets }) => targets[0]?.id === appId)).toBe(true);
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await remove('none')).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', `/v1/forge/apps/${absent}/removal`)).status).toBe(401);
  });

  test('403_for_a_token_that_writes', async () => {
    const { appId } = await plant();
    expect((await remove(appId, api.acme.write)).code).toBe('identity.scope_too_small');
    expect(await stateOf(appId)).toBe('active');
  });

  test('other_tenants_app_answers_404_and_stays', async () => {
    const { appId } = await plant(api.other);
    expect((await remove(appId)).code).toBe('forge.app_not_found');
    expect(await stateOf(appId)).toBe('active');
  });
});

describe('restoreForgeApp', () => {
  test('200_deliveries_are_taken_again_and_what_was_refused_is_asked_for', async () => {
    const { appId, hook } = await plant();
    await remove(appId);
    expect((await restore(appId)).json).toEqual({ id: appId, state: 'active', leavesAt: null });
    expect(await deliver(hook)).toBe('202');
    expect(await usable(appId)).toMatchObject({ appId });
    const looks = `select 1 from app.job where kind = 'forge.reconcile' and state = 'pending' and payload ->> 'forgeAppId' = $1`;
    expect(await api.database.admin(looks, [appId])).toHaveLength(1);
    await leaveForgeApp(deps(), await job(appId));
    expect(await stateOf(appId)).toBe('active');
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await restore('none')).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', `/v1/forge/apps/${absent}/restoration`)).status).toBe(401);
  });

  test('403_for_a_token_that_reads', async () => {
    expect((await restore(absent, await plantToken(api.database, api.acme.id, { scope: 'read' }))).code).toBe('identity.scope_too_small');
  });

  test('other_tenants_app_answers_404', async () => {
    const { appId } = await plant(api.other);
    await remove(appId, api.other.admin);
    expect((await restore(appId)).code).toBe('forge.app_not_found');
  });

  test('409_when_the_time_is_over_though_no_worker_came_and_for_one_that_is_not_leaving', async () => {
    const { appId } = await plant();
    expect((await restore(appId)).code).toBe('forge.app_not_leaving');
    await remove(appId);
    await isDue(appId);
    expect((await restore(appId)).code).toBe('forge.app_not_leaving');
  });
});

describe('an App that is gone', () => {
  test('leaves_no_secret_and_no_address_and_its_key_is_due_whichever_statement_the_worker_died_at', async () => {
    const { appId } = await plant();
    await remove(appId);
    await isDue(appId);
    const held = await job(appId);
    let deaths = 0;
    for (let at = 1; at < 50; at += 1) {
      if ((await endOf(leaveForgeApp(deps(dyingAt(tenancy, at)), held))) === 'done') break;
      deaths += 1;
      expect(await stateOf(appId), String(at)).toBe('leaving');
      expect(await api.database.admin(`select 1 from identity.key_order where subject = $1`, [appId])).toEqual([]);
    }
    expect(deaths).toBeGreaterThan(3);
    const [row] = await api.database.admin(`select state, hook_secrets = array[''::bytea] as bare from app.forge_app where id = $1`, [
      appId,
    ]);
    expect(row).toEqual({ state: 'gone', bare: true });
    expect(await api.database.admin('select 1 from identity.forge_hook where app_id = $1', [appId])).toEqual([]);
    expect(await api.database.admin(`select key from identity.key_order where subject = $1`, [appId])).toEqual([{ key: 'forge' }]);
    expect((await api.audit(api.acme.id, 'forge.app_gone')).filter(({ targets }) => targets[0]?.id === appId)).toHaveLength(1);
    expect((await restore(appId)).code).toBe('forge.app_not_found');
    const listed = JSON.stringify((await api.ask('GET', '/v1/forge/apps', { token: api.acme.read })).json);
    expect(listed).not.toContain(appId);
  });

  test('is_not_gone_before_the_time_when_the_job_comes_early', async () => {
    const { appId } = await plant();
    await remove(appId);
    await leaveForgeApp(deps(), await job(appId));
    expect(await stateOf(appId)).toBe('leaving');
    const again = `select 1 from app.job where kind = 'forge.leave' and state = 'pending' and payload ->> 'forgeAppId' = $1`;
    expect(await api.database.admin(again, [appId])).toHaveLength(2);
  });
});
