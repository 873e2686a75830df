import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listMails, mailIdSchema, type MailId } from '@lib/contract';
import { openTenancy, type Tenancy } from '@lib/guard/tenancy';
import { err, ok } from '@lib/kernel';
import { systemClock, systemIds } from '@lib/platform/clock';
import { closeDatabase, lendConnection, openDatabase, type Database } from '@lib/platform/db';
import type { Mail, MailError, SendMail } from '@lib/platform/mail';
import { testApi, type TestApi, type TestTenant } from '../../../tools/testing/api.ts';
import { dyingAt, endOf } from '../../../tools/testing/dying-tenancy.ts';
import { heldJob } from '../../../tools/testing/held-job.ts';
import { plantMember } from '../../../tools/testing/plant-member.ts';
import { addFirstPasskey, atSite, signed, site } from '../../../tools/testing/plant-passkey.ts';
import { askForElevation, plantStaff, type PlantedStaff } from '../../../tools/testing/plant-staff.ts';
import { sendMail } from './index.ts';

let api: TestApi;
let pool: Database;
let staff: Database;
let ada: PlantedStaff;
let tenancy: Tenancy;
let tenant: TestTenant;
beforeAll(async () => {
  api = await testApi({ publicOrigin: site.origin });
  pool = openDatabase({ url: api.database.urls.aegis_worker, poolMax: 2, applicationName: 'test' });
  staff = openDatabase({ url: api.database.urls.aegis_staff, poolMax: 1, applicationName: 'test' });
  tenancy = openTenancy(pool);
  ada = await plantStaff(api.database, 'Ada');
});
beforeEach(async () => {
  tenant = await api.addTenant('Shop');
});
afterAll(async () => {
  await Promise.all([closeDatabase(pool), closeDatabase(staff)]);
  await api.close();
});

const ask = () =>
  askForElevation(
    async (text, values) =>
      lendConnection(staff, async (connection) => (await connection.send({ name: '', text, values: [...values] })).rows),
    ada,
    { tenant: tenant.id, ticket: 'SUP-7' },
  );
const mails = () =>
  api.database.admin('select id, member_id, kind, state, attempts, error_code from app.mail where tenant_id = $1 order by created_at, id', [
    tenant.id,
  ]);
const firstMail = async (): Promise<MailId> => mailIdSchema.parse((await mails())[0]?.['id']);
const deps = (send: SendMail, over: Tenancy = tenancy) => ({
  tenancy: over,
  send,
  clock: systemClock,
  ids: systemIds,
  publicOrigin: 'https://aegis.test',
});
const job = (mailId: MailId) => heldJob(api.database, tenant.id, { kind: 'mail.send', payload: { tenantId: tenant.id, mailId } });
const into =
  (sent: Mail[]): SendMail =>
  (mail) => {
    sent.push(mail);
    return Promise.resolve(ok(undefined));
  };
const failing =
  (code: MailError['code']): SendMail =>
  () =>
    Promise.resolve(err({ code }));

describe('an owner', () => {
  test('is_written_to_in_the_transaction_in_which_staff_can_read_and_the_message_says_who_and_by_which_ticket', async () => {
    const owner = await plantMember(api, tenant, 'owner');
    await plantMember(api, tenant, 'admin');
    await ask();
    expect((await mails()).map(({ kind, member_id }) => [kind, member_id])).toEqual([['operator.started', owner.id]]);
    const sent: Mail[] = [];
    await sendMail(deps(into(sent)), await job(await firstMail()));
    expect(sent.map(({ to }) => to)).toEqual([`${owner.id}@people.test`]);
    expect(sent[0]?.subject).toBe('Shop: the operator can read here now');
    expect(sent[0]?.text).toContain('Ada');
    expect(sent[0]?.text).toContain('SUP-7');
    expect(sent[0]?.text).toContain('https://aegis.test/settings/access');
    expect((await mails())[0]).toMatchObject({ state: 'sent', error_code: null });
    expect(await api.audit(tenant.id, 'mail.sent')).toHaveLength(1);
  });

  test('is_written_to_when_the_account_is_being_closed_and_when_it_is_kept', async () => {
    const owner = await plantMember(api, tenant, 'owner');
    const passkey = await addFirstPasskey(api, owner);
    const body = { name: 'Shop' };
    const headers = await signed(api, { member: owner, passkey }, { operationId: 'closeTenant', body });
    expect((await api.ask('POST', '/v1/tenant/closing', { headers, body })).status).toBe(202);
    const sent: Mail[] = [];
    await sendMail(deps(into(sent)), await job(await firstMail()));
    expect(sent[0]?.text).toMatch(/At \d{4}-\d\d-\d\dT[\d:.]+Z it is closed for good/u);
    await api.ask('POST', '/v1/tenant/reinstatement', { headers: atSite(owner) });
    expect((await mails()).map(({ kind }) => kind)).toEqual(['tenant.closing', 'tenant.kept']);
  });
});

describe('a message', () => {
  test('that_the_server_does_not_take_now_waits_with_its_last_error_and_goes_later', async () => {
    await plantMember(api, tenant, 'owner');
    await ask();
    const held = await job(await firstMail());
    await expect(sendMail(deps(failing('mail.unavailable')), held)).rejects.toMatchObject({ code: 'mail.unavailable' });
    expect((await mails())[0]).toMatchObject({ state: 'waiting', attempts: 1, error_code: 'mail.unavailable' });
    await expect(sendMail(deps(failing('mail.not_configured')), held)).rejects.toMatchObject({ code: 'mail.unavailable' });
    expect((await mails())[0]).toMatchObject({ state: 'waiting', attempts: 2, error_code: 'mail.not_configured' });
    await sendMail(deps(into([])), held);
    expect((await mails())[0]).toMatchObject({ state: 'sent', attempts: 2, error_code: null });
  });

  test('that_will_never_be_taken_or_whose_member_has_left_ends_as_failed', async () => {
    const owner = await plantMember(api, tenant, 'owner');
    await ask();
    await sendMail(deps(failing('mail.refused')), await job(await firstMail()));
    expect((await mails())[0]).toMatchObject({ state: 'failed', error_code: 'mail.refused' });
    expect(await api.audit(tenant.id, 'mail.failed')).toHaveLength(1);
    await api.database.admin(`update app.mail set state = 'waiting' where tenant_id = $1`, [tenant.id]);
    await api.database.admin(`update app.member set state = 'leaving', leaves_at = now() where id = $1`, [owner.id]);
    const sent: Mail[] = [];
    await sendMail(deps(into(sent)), await job(await firstMail()));
    expect(sent).toEqual([]);
    expect((await mails())[0]).toMatchObject({ state: 'failed', error_code: 'mail.no_address' });
  });

  test('goes_under_one_id_and_is_noted_once_whichever_statement_the_worker_died_at', async () => {
    await plantMember(api, tenant, 'owner');
    await ask();
    const [sent, id]: [Mail[], MailId] = [[], await firstMail()];
    const held = await job(id);
    let deaths = 0;
    for (let at = 1; at < 30; at += 1) {
      if ((await endOf(sendMail(deps(into(sent), dyingAt(tenancy, at)), held))) === 'done') break;
      deaths += 1;
      expect((await mails())[0], String(at)).toMatchObject({ state: 'waiting' });
    }
    expect(deaths).toBeGreaterThan(2);
    expect([...new Set(sent.map((mail) => mail.id))]).toEqual([id]);
    expect(await api.audit(tenant.id, 'mail.sent')).toHaveLength(1);
  });
});

describe('listMails', () => {
  test('200_says_whether_each_has_gone_and_shows_no_address_and_none_of_another_tenant', async () => {
    await plantMember(api, tenant, 'owner');
    await ask();
    const answer = await api.ask('GET', '/v1/mails', { token: tenant.read });
    const page = listMails.answers[200].schema.parse(answer.json);
    expect(page.items.map(({ kind, state }) => [kind, state])).toEqual([['operator.started', 'waiting']]);
    expect(answer.text).not.toContain('@');
    expect((await api.ask('GET', '/v1/mails', { token: api.other.read })).json).toMatchObject({ items: [] });
  });

  test('400_for_a_cursor_of_another_list', async () => {
    expect((await api.ask('GET', '/v1/mails?cursor=none', { token: tenant.read })).code).toBe('http.cursor_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/mails')).status).toBe(401);
  });

  test('403_for_a_developer', async () => {
    const { headers } = await plantMember(api, tenant, 'developer');
    expect((await api.ask('GET', '/v1/mails', { headers })).code).toBe('identity.role_forbids');
  });
});
