import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditEventSchema } from '@lib/contract';
import { firstStaff } from '@lib/flow/access';
import { systemIds } from '@lib/platform/clock';
import { testDatabase, type TestDatabase } from '../../tools/testing/database.ts';
import { staffProgram, type StaffAnswer, type StaffBrowser, type StaffProgram } from '../../tools/testing/staff-program.ts';

let database: TestDatabase;
let program: StaffProgram;
let ada: StaffBrowser;
let ben: StaffBrowser;
let tenantId: string;
beforeAll(async () => {
  database = await testDatabase();
  program = await staffProgram(database);
  const [first, second] = await firstStaff(database.adminUrl, systemIds, ['Ada', 'Ben']);
  ada = await program.enrol(first?.secret ?? '');
  ben = await program.enrol(second?.secret ?? '');
});
afterAll(async () => {
  await program.close();
  await database.drop();
});
beforeEach(async () => {
  tenantId = randomUUID();
  await database.admin(`insert into app.tenant (tenant_id, name) values ($1, 'Acme')`, [tenantId]);
  await database.admin(`insert into app.repository (tenant_id, id, name, source) values ($1, $2, 'shop', '{}')`, [tenantId, randomUUID()]);
});

const wanted = (more: object = {}) => ({
  act: 'request',
  tenantId,
  scope: 'metadata',
  ticket: 'SUP-1',
  reason: 'the scan of the shop hangs',
  minutes: 20,
  ...more,
});
const request = (browser: StaffBrowser, more: object = {}): Promise<StaffAnswer> => program.signed(browser, wanted(more), '/v1/elevations');
const idOf = ({ json }: StaffAnswer): string => (json as { id: string }).id;
const approve = (browser: StaffBrowser, elevationId: string): Promise<StaffAnswer> =>
  program.signed(browser, { act: 'approve', elevationId }, '/v1/elevations/approval');
const read = (browser: StaffBrowser, id: string, part = 'metadata'): Promise<StaffAnswer> =>
  program.ask('GET', `/v1/elevations/${id}/${part}`, { browser });
async function actions(): Promise<readonly string[]> {
  const rows = await database.admin('select entry from app.audit_outbox where tenant_id = $1 order by id', [tenantId]);
  return rows.map(({ entry }) => auditEventSchema.parse(JSON.parse(Buffer.from(entry as Uint8Array).toString('utf8'))).action);
}

describe('the first people', () => {
  test('are_named_once_by_the_operator_and_never_again', async () => {
    await expect(firstStaff(database.adminUrl, systemIds, ['Eve', 'Mal'])).rejects.toMatchObject({ code: 'staff.there_already' });
  });
});

describe('before a second authenticator', () => {
  test('nobody_is_elevated', async () => {
    expect(await request(ada)).toMatchObject({ status: 409, code: 'staff.authenticators_missing' });
    expect(await actions()).toEqual([]);
  });
});

describe('with two authenticators', () => {
  beforeAll(async () => {
    for (const browser of [ada, ben]) expect((await program.addKey(browser)).status).toBe(204);
  });

  test('metadata_is_read_by_a_ticket_and_each_read_is_in_the_tenants_log', async () => {
    const asked = await request(ada);
    expect(asked).toMatchObject({ status: 200, json: { state: 'started' } });
    const answer = await read(ada, idOf(asked));
    expect(answer).toMatchObject({ status: 200, json: { tenant: { id: tenantId, name: 'Acme' }, repositories: [{ name: 'shop' }] } });
    expect(await actions()).toEqual(['operator.requested', 'operator.started', 'operator.opened', 'operator.read']);
  });

  test('findings_need_another_person_and_what_is_not_reached_is_403_and_in_no_log', async () => {
    const metadata = idOf(await request(ada));
    expect(await read(ada, metadata, 'findings')).toMatchObject({ status: 403, code: 'staff.not_elevated' });
    const asked = await request(ada, { scope: 'findings' });
    expect(asked).toMatchObject({ json: { state: 'waiting' } });
    expect((await read(ada, idOf(asked), 'findings')).status).toBe(403);
    expect(await approve(ada, idOf(asked))).toMatchObject({ status: 409, code: 'staff.same_person' });
    expect(await approve(ben, idOf(asked))).toMatchObject({ status: 200, json: { state: 'started' } });
    expect(await read(ada, idOf(asked), 'findings')).toMatchObject({ status: 200, json: { findings: [] } });
    expect((await read(ada, idOf(asked), 'evidence')).status).toBe(403);
    expect((await read(ben, idOf(asked), 'findings')).status).toBe(403);
    expect((await actions()).filter((action) => action === 'operator.read')).toHaveLength(1);
  });

  test('the_next_read_after_a_revocation_is_403', async () => {
    const id = idOf(await request(ada));
    expect((await read(ada, id)).status).toBe(200);
    await database.admin(`update app.elevation set ended_at = now(), ended_by = 'customer' where id = $1`, [id]);
    expect(await read(ada, id)).toMatchObject({ status: 403, code: 'staff.not_elevated' });
  });

  test('signing_out_ends_what_the_session_had_open', async () => {
    const browser = { ...ada, cookie: '' };
    await program.signIn(browser);
    ada.counter = browser.counter;
    const id = idOf(await request(browser));
    ada.counter = browser.counter;
    expect((await program.ask('DELETE', '/v1/session', { browser: { ...browser } })).status).toBe(204);
    expect((await read(browser, id)).status).toBe(401);
    expect(await actions()).toContain('operator.ended');
  });

  test('an_act_counts_as_it_was_signed_once_and_by_whoever_signed_it', async () => {
    const options = await program.ask('POST', '/v1/acts', { browser: ada, body: wanted() });
    const { challenge } = options.json as { challenge: string };
    ada.counter += 1;
    const signed = ada.keys[0]?.answer({ challenge, origin: program.origin, rpId: 'localhost', counter: ada.counter });
    const body = Object.fromEntries(Object.entries(wanted()).filter(([name]) => name !== 'act'));
    const send = (browser: StaffBrowser, more: object) =>
      program.ask('POST', '/v1/elevations', { browser, body: { ...body, ...more, signed } });
    expect(await send(ada, { minutes: 60 })).toMatchObject({ status: 401, code: 'presence.challenge_invalid' });
    expect(await send(ben, {})).toMatchObject({ status: 401, code: 'presence.passkey_refused' });
    expect((await send(ada, {})).status).toBe(200);
    expect(await send(ada, {})).toMatchObject({ status: 401, code: 'presence.challenge_invalid' });
  });

  test.each([{ minutes: 61 }, { ticket: '' }, { reason: 'short' }, { scope: 'all' }, { tenantId: 'x' }, { more: 1 }])(
    'a_request_with_%o_is_400',
    async (more) => {
      expect(await program.ask('POST', '/v1/acts', { browser: ada, body: wanted(more) })).toMatchObject({
        status: 400,
        code: 'http.request_invalid',
      });
    },
  );

  test('a_tenant_that_is_not_there_is_404', async () => {
    expect(await request(ada, { tenantId: randomUUID() })).toMatchObject({ status: 404, code: 'staff.tenant_unknown' });
  });
});

describe('recovery', () => {
  const ask = async (name: string) =>
    (await program.ask('POST', '/v1/enrolments', { body: { name } })).json as { id: string; secret: string };
  const grant = (browser: StaffBrowser, enrolmentId: string, personId: string | null) =>
    program.signed(browser, { act: 'grant', enrolmentId, personId }, '/v1/enrolments/grant');
  const personOf = async (browser: StaffBrowser): Promise<string> =>
    ((await program.ask('GET', '/v1/self', { browser })).json as { person: { id: string } }).person.id;

  test('of_somebody_new_takes_two_others_and_of_somebody_known_too_and_closes_what_they_had', async () => {
    const cleo = await ask('Cleo');
    expect((await program.ask('POST', '/v1/enrolments/options', { body: { secret: cleo.secret } })).status).toBe(404);
    expect(await grant(ada, cleo.id, null)).toMatchObject({ json: { state: 'waiting' } });
    expect(await grant(ada, cleo.id, null)).toMatchObject({ status: 409, code: 'staff.same_person' });
    expect((await program.ask('POST', '/v1/enrolments/options', { body: { secret: cleo.secret } })).status).toBe(404);
    expect(await grant(ben, cleo.id, null)).toMatchObject({ json: { state: 'granted' } });
    const before = await program.enrol(cleo.secret);
    const person = await personOf(before);

    const again = await ask('Cleo');
    expect(await grant(before, again.id, person)).toMatchObject({ status: 409, code: 'staff.same_person' });
    expect(await grant(ada, again.id, null)).toMatchObject({ status: 409, code: 'staff.name_taken' });
    await grant(ada, again.id, person);
    expect(await grant(ben, again.id, await personOf(ben))).toMatchObject({ status: 409, code: 'staff.enrolment_differs' });
    await grant(ben, again.id, person);
    const after = await program.enrol(again.secret);
    expect(await personOf(after)).toBe(person);
    expect((await program.ask('GET', '/v1/self', { browser: before })).status).toBe(401);
    expect(await program.signIn(before)).toMatchObject({ status: 401, code: 'presence.passkey_refused' });
    expect((await program.ask('POST', '/v1/enrolments/options', { body: { secret: again.secret } })).status).toBe(404);
  });
});

describe('a name', () => {
  test.each(['Žofie Ő', '李雷', '¼ Ada', 'ఴ'])('%s is taken in whatever script it is', async (name) => {
    expect((await program.ask('POST', '/v1/enrolments', { body: { name } })).status).toBe(200);
  });
});

describe('leaving', () => {
  const shutOut = (browser: StaffBrowser, personId: string) =>
    program.signed(browser, { act: 'shut-out', personId }, '/v1/people/shut-out');

  test('takes_one_other_person_and_ends_at_once_what_was_open', async () => {
    const asked = await program.ask('POST', '/v1/enrolments', { body: { name: 'Dora' } });
    const dora = asked.json as { id: string; secret: string };
    for (const browser of [ada, ben])
      await program.signed(browser, { act: 'grant', enrolmentId: dora.id, personId: null }, '/v1/enrolments/grant');
    const browser = await program.enrol(dora.secret);
    const self = (await program.ask('GET', '/v1/self', { browser })).json as { person: { id: string } };
    expect(await shutOut(browser, self.person.id)).toMatchObject({ status: 409, code: 'staff.same_person' });
    await program.addKey(browser);
    const id = idOf(await request(browser));
    expect((await read(browser, id)).status).toBe(200);
    expect((await shutOut(ada, self.person.id)).status).toBe(204);
    expect((await read(browser, id)).status).toBe(401);
    expect(await program.signIn(browser)).toMatchObject({ status: 401, code: 'presence.passkey_refused' });
    expect(await shutOut(ada, self.person.id)).toMatchObject({ status: 404, code: 'staff.person_not_found' });
  });
});

describe('the door', () => {
  test('lets_nobody_in_without_a_passkey', async () => {
    for (const [method, path] of [
      ['GET', '/v1/self'],
      ['GET', '/v1/elevations'],
      ['GET', '/v1/enrolments'],
      ['GET', `/v1/elevations/${randomUUID()}/metadata`],
      ['DELETE', '/v1/session'],
    ] as const)
      expect(await program.ask(method, path), path).toMatchObject({ status: 401, code: 'identity.unauthenticated' });
  });

  test('takes_a_change_from_its_own_page_alone', async () => {
    const without = await program.ask('DELETE', '/v1/session', { browser: ada, headers: { 'x-aegis-request': '0' } });
    expect(without).toMatchObject({ status: 403, code: 'identity.request_header_missing' });
    const foreign = await program.ask('DELETE', '/v1/session', { browser: ada, headers: { origin: 'http://localhost:1' } });
    expect(foreign).toMatchObject({ status: 403, code: 'identity.origin_refused' });
  });

  test('has_a_cookie_of_its_own_which_over_https_is_of_this_host_alone', async () => {
    const secure = await staffProgram(database, { secure: true });
    try {
      expect(ada.cookie).toMatch(/^aegis_staff=aegis_/u);
      const browser = { ...ada, cookie: '' };
      const answer = await secure.signIn(browser);
      ada.counter = browser.counter;
      expect(answer.headers.get('set-cookie')).toMatch(
        /^__Host-aegis_staff=aegis_[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure$/u,
      );
      expect((await secure.ask('GET', '/v1/self', { browser })).status).toBe(200);
      const renamed = browser.cookie.replace('__Host-aegis_staff', 'aegis_session');
      expect((await secure.ask('GET', '/v1/self', { headers: { cookie: renamed } })).status).toBe(401);
    } finally {
      await secure.close();
    }
  });

  test('answers_what_it_does_not_know_with_a_code_and_headers_that_forbid_everything', async () => {
    const answer = await program.ask('GET', '/v1/tenants');
    expect(answer).toMatchObject({ status: 404, code: 'http.route_unknown' });
    expect(answer.headers.get('content-security-policy')).toContain(`default-src 'none'`);
    const broken = await fetch(`${program.base}/v1/sign-in`, {
      method: 'POST',
      headers: { 'x-aegis-request': '1', origin: program.base, 'content-type': 'application/json' },
      body: '{',
    });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ code: 'http.body_not_json' });
  });

  test('answers_whatever_is_thrown_at_it_with_a_code_and_never_with_5xx', async () => {
    const hostile: readonly unknown[] = [
      null,
      [],
      'x',
      1e308,
      { act: 'request' },
      { act: '__proto__' },
      { name: '\u0000' },
      { name: 'a'.repeat(100_000) },
      { secret: 'x'.repeat(1000) },
      {
        response: { id: 'x', rawId: 'x', type: 'public-key', response: { clientDataJSON: 'e30', authenticatorData: 'x', signature: 'x' } },
      },
      {
        response: { id: 'x', rawId: 'x', type: 'public-key', response: { clientDataJSON: 'e30', attestationObject: 'x' } },
        name: 'x',
        secret: 'x',
      },
      JSON.parse('{"__proto__":{"act":"approve"},"elevationId":"x"}'),
    ];
    const fresh = await staffProgram(database); // its own count of failed attempts
    try {
      for (const path of [
        '/v1/sign-in',
        '/v1/sign-in/options',
        '/v1/acts',
        '/v1/passkeys',
        '/v1/enrolments',
        '/v1/enrolments/options',
        '/v1/enrolments/passkey',
        '/v1/enrolments/grant',
        '/v1/people/shut-out',
        '/v1/elevations',
        '/v1/elevations/approval',
      ])
        for (const body of hostile) {
          const answer = await fresh.ask('POST', path, { body, browser: { ...ada } });
          expect(answer.status, `${path} ${JSON.stringify(body).slice(0, 60)}`).toBeLessThan(500);
          if (answer.status >= 400) expect(answer.code).toMatch(/^[a-z]+\.[a-z_]+$/u);
        }
      for (const id of ['x', '%00', '..%2f..', 'a'.repeat(5000)])
        expect((await fresh.ask('GET', `/v1/elevations/${id}/metadata`, { browser: { ...ada } })).status).toBeLessThan(500);
    } finally {
      await fresh.close();
    }
  });

  test('tells_whoever_guesses_too_often_to_wait', async () => {
    const other = await staffProgram(database);
    try {
      let status = 0;
      for (let n = 0; n < 100 && status !== 429; n += 1)
        status = (await other.ask('POST', '/v1/enrolments/options', { body: { secret: 'aegis_guess' } })).status;
      expect(status).toBe(429);
    } finally {
      await other.close();
    }
  });
});
