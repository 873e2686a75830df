import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { getTenant } from '@lib/contract';
import type { Answer, TestApi } from '../../../tools/testing/api.ts';
import { companyBrowser } from '../../../tools/testing/company-browser.ts';
import { entryOf, liarOf, testCompany, type TestCompany } from '../../../tools/testing/company.ts';
import { lyingProvider } from '../../../tools/testing/lying-provider.ts';
import { plantMember } from '../../../tools/testing/plant-member.ts';
import { site } from '../../../tools/testing/plant-passkey.ts';

const { origin } = site;
let company: TestCompany;
let api: TestApi;
let set: TestCompany['set'];
let arrive: TestCompany['arrive'];
let selfOf: TestCompany['selfOf'];
beforeAll(async () => {
  company = await testCompany();
  ({ api, set, arrive, selfOf } = company);
});
afterAll(() => company.close());
beforeEach(() => {
  company.clock.nowMs = Date.now();
});

describe('signInWithCompany', () => {
  test('204_somebody_new_becomes_a_member_and_comes_back_as_the_same', async () => {
    company.accounts['ada'] = { email: 'Ada@acme.test', email_verified: true, name: 'Ada' };
    const sso = await set({});
    const first = await arrive(sso, 'ada');
    expect([first.answer.status, first.answer.code]).toEqual([204, undefined]);
    const member = await selfOf(first.headers);
    expect(member).toMatchObject({ name: 'Ada', email: 'ada@acme.test', role: 'developer', state: 'active' });
    company.accounts['ada'] = { email: 'ada.newname@acme.test', email_verified: true, name: 'Ada N' };
    expect((await selfOf((await arrive(sso, 'ada')).headers))?.id).toBe(member?.id);
    const started = (await api.audit(api.acme.id, 'session.started')).filter((event) => event.detail?.['by'] === 'sso');
    expect(started).toHaveLength(2);
    expect(await api.audit(api.acme.id, 'sso.linked')).toHaveLength(1);
  });

  test('204_a_member_of_that_address_is_found_and_keeps_their_role', async () => {
    const known = await plantMember(api, api.acme, 'owner');
    company.accounts['known'] = { email: `${known.id}@people.test`, email_verified: true, name: 'Known' };
    const sso = await set({ domains: ['acme.test', 'people.test'] });
    expect(await selfOf((await arrive(sso, 'known')).headers)).toMatchObject({ id: known.id, role: 'owner' });
  });

  test('204_the_role_follows_groups_but_makes_and_unmakes_no_owner', async () => {
    const sso = await set({
      roleClaim: 'groups',
      defaultRole: null,
      groupRoles: [
        { group: 'security', role: 'analyst' },
        { group: 'admins', role: 'admin' },
      ],
    });
    company.accounts['eve'] = { email: 'eve@acme.test', email_verified: true, name: 'Eve', groups: ['security', 'all'] };
    const first = await arrive(sso, 'eve');
    expect(await selfOf(first.headers)).toMatchObject({ role: 'analyst' });
    company.accounts['eve'] = { ...company.accounts['eve'], groups: ['admins', 'security'] };
    const member = await selfOf((await arrive(sso, 'eve')).headers);
    expect(member).toMatchObject({ role: 'admin' });
    // the session from before has it too
    expect(await selfOf(first.headers)).toMatchObject({ role: 'admin' });
    company.accounts['eve'] = { ...company.accounts['eve'], groups: ['all'] };
    expect((await arrive(sso, 'eve')).answer.code).toBe('sso.person_refused');
    await api.database.admin(`update app.member set role = 'owner' where id = $1`, [member?.id]);
    company.accounts['eve'] = { ...company.accounts['eve'], groups: ['security'] };
    expect(await selfOf((await arrive(sso, 'eve')).headers)).toMatchObject({ role: 'owner' });
    await api.database.admin(`update app.member set role = 'analyst' where id = $1`, [member?.id]);
  });

  test.each([
    ['an_address_that_nobody_verified', { email: 'new1@acme.test', email_verified: false, name: 'N' }, 'email_unverified'],
    ['an_address_of_another_domain', { email: 'new2@elsewhere.test', email_verified: true, name: 'N' }, 'domain_not_allowed'],
    ['an_address_that_only_ends_like_the_domain', { email: 'new3@evil-acme.test', email_verified: true, name: 'N' }, 'domain_not_allowed'],
    ['an_address_of_a_domain_below', { email: 'new4@sub.acme.test', email_verified: true, name: 'N' }, 'domain_not_allowed'],
  ])('403_for_%s_and_no_member_is_made', async (name, account, reason) => {
    const sso = await set({});
    company.accounts[name] = account;
    const before = await company.reasons();
    const { answer, headers } = await arrive(sso, name);
    expect([answer.status, answer.code]).toEqual([403, 'sso.person_refused']);
    expect((await company.reasons()).slice(before.length)).toEqual([reason]);
    expect((await api.ask('GET', '/v1/tenant', { headers })).status).toBe(401);
    expect(await api.database.admin('select from app.member where email = $1', [account.email])).toEqual([]);
  });

  test('403_for_whoever_was_let_go_until_they_are_somebody_new', async () => {
    const sso = await set({});
    company.accounts['bob'] = { email: 'bob@acme.test', email_verified: true, name: 'Bob' };
    const member = await selfOf((await arrive(sso, 'bob')).headers);
    await api.database.admin(`update app.member set state = 'leaving', leaves_at = now() + interval '5 minutes' where id = $1`, [
      member?.id,
    ]);
    expect((await arrive(sso, 'bob')).answer.code).toBe('sso.person_refused');
    await api.database.admin(`update app.member set state = 'gone', email = null where id = $1`, [member?.id]);
    const again = await selfOf((await arrive(sso, 'bob')).headers);
    expect(again?.id).not.toBe(member?.id);
  });

  test('401_for_an_answer_that_comes_a_second_time', async () => {
    const sso = await set({});
    const browser = companyBrowser(api, origin);
    const location = await browser.leave(entryOf(sso));
    const query = (await company.provider.visit(location ?? '', 'ada')).search.slice(1);
    // two at once, by the same browser: the cookie is still there for both
    const both = await Promise.all([browser.comeBack(query), browser.comeBack(query)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([204, 401]);
    expect((await browser.comeBack(query)).code).toBe('sso.flow_invalid');
  });

  test('401_for_a_browser_that_did_not_begin_it', async () => {
    const sso = await set({});
    const [theirs, mine] = [companyBrowser(api, origin), companyBrowser(api, origin)];
    const query = (await company.provider.visit((await theirs.leave(entryOf(sso))) ?? '', 'ada')).search.slice(1);
    expect((await mine.comeBack(query)).code).toBe('sso.flow_invalid'); // no cookie
    await mine.leave(entryOf(sso));
    expect((await mine.comeBack(query)).code).toBe('sso.flow_invalid'); // another one: nobody is signed in as somebody else unawares
    expect((await theirs.comeBack(query)).status).toBe(204);
  });

  test('401_for_one_that_took_too_long', async () => {
    const sso = await set({});
    const browser = companyBrowser(api, origin);
    const query = (await company.provider.visit((await browser.leave(entryOf(sso))) ?? '', 'ada')).search.slice(1);
    company.clock.nowMs += 11 * 60_000;
    expect((await browser.comeBack(query)).code).toBe('sso.flow_invalid');
  });

  test('401_for_an_edited_state_another_code_and_a_refusal_of_the_provider', async () => {
    const sso = await set({});
    for (const change of [
      (query: URLSearchParams) => query.set('state', `${query.get('state') ?? ''}x`),
      (query: URLSearchParams) => query.append('state', query.get('state') ?? ''),
      (query: URLSearchParams) => query.set('code', 'another'),
      (query: URLSearchParams) => query.set('iss', 'https://elsewhere.test'),
      (query: URLSearchParams) => query.delete('iss'),
      (query: URLSearchParams) => query.set('error', 'access_denied'),
    ]) {
      const browser = companyBrowser(api, origin);
      const query = (await company.provider.visit((await browser.leave(entryOf(sso))) ?? '', 'ada')).searchParams;
      change(query);
      const answer = await browser.comeBack(query.toString());
      expect(answer.status).toBe(401);
      expect(['sso.flow_invalid', 'sso.answer_refused']).toContain(answer.code);
    }
  });

  test('400_for_nothing_and_for_too_much', async () => {
    for (const query of ['', 'x'.repeat(9_000)])
      expect((await api.ask('POST', '/v1/sessions/company', { body: { query } })).code).toBe('http.request_invalid');
  });

  test('429_for_a_stranger_who_tries_on', async () => {
    const from = { 'x-forwarded-for': '192.0.2.7' };
    const codes: (string | undefined)[] = [];
    for (let n = 0; n < 40; n += 1)
      codes.push((await api.ask('POST', '/v1/sessions/company', { body: { query: 'state=x' }, headers: from })).code);
    expect(new Set(codes)).toEqual(new Set(['sso.flow_invalid', 'http.rate_limited']));
  });

  test('503_when_the_provider_is_away_and_the_owner_still_comes_in', async () => {
    const liar = await lyingProvider();
    const sso = await set({ ...liarOf(liar), required: true });
    const browser = companyBrowser(api, origin);
    const query = liar.visit((await browser.leave(entryOf(sso))) ?? '');
    liar.close();
    expect((await browser.comeBack(query)).code).toBe('sso.unavailable');
    const owner = await plantMember(api, api.acme, 'owner');
    expect((await company.passkeySignIn(owner)).status).toBe(204);
    await set({});
  });

  test('a_provider_of_one_tenant_speaks_for_nobody_of_another', async () => {
    const victim = await plantMember(api, api.acme, 'owner');
    const liar = await lyingProvider();
    const theirs = await set({ ...liarOf(liar), domains: ['people.test'] }, api.other.admin);
    const browser = companyBrowser(api, origin);
    const location = await browser.leave(entryOf(theirs));
    liar.say({ claims: { sub: victim.id, email: `${victim.id}@people.test`, email_verified: true } });
    expect((await browser.comeBack(liar.visit(location ?? ''))).status).toBe(204);
    const self = getTenant.answers[200].schema.parse((await api.ask('GET', '/v1/tenant', { headers: browser.headers() })).json);
    expect(self.id).toBe(api.other.id);
    expect(self.self.member?.id).not.toBe(victim.id);
    liar.close();
  });

  test('a_state_of_one_provider_is_none_of_another', async () => {
    const liar = await lyingProvider();
    const theirs = await set({ ...liarOf(liar) }, api.other.admin);
    const sso = await set({});
    const browser = companyBrowser(api, origin);
    const location = (await browser.leave(entryOf(sso))) ?? '';
    const [mine = '', rest = ''] = (new URL(location).searchParams.get('state') ?? '').split('.');
    const other = new URL((await browser.leave(entryOf(theirs))) ?? '').searchParams.get('state')?.split('.')[0] ?? '';
    expect(other).not.toBe(mine);
    expect((await browser.comeBack(liar.visit(location, { state: `${other}.${rest}` }))).code).toBe('sso.flow_invalid');
    liar.close();
  });

  test('nothing_in_an_answer_leads_anywhere', async () => {
    const sso = await set({});
    const browser = companyBrowser(api, origin);
    const query = (await company.provider.visit((await browser.leave(entryOf(sso))) ?? '', 'ada')).searchParams;
    for (const name of ['redirect_uri', 'returnTo', 'next', 'url']) query.set(name, 'https://evil.test/');
    const answer = await browser.comeBack(query.toString());
    expect([answer.status, answer.headers.get('location'), answer.text]).toEqual([204, null, '']);
  });
});

describe('askForSignIn', () => {
  test('200_a_company_that_is_not_here_looks_like_one_whose_provider_is_away', async () => {
    const sso = await set({});
    const liar = await lyingProvider();
    const away = await set(liarOf(liar), api.other.admin);
    liar.close();
    company.clock.nowMs += 11 * 60_000; // what was known of it is forgotten
    const body = (company: object) => ({ body: { company }, headers: { origin } });
    const ask = (company: object) => api.ask('POST', '/v1/sessions/passkey/options', body(company));
    const shape = ({ status, json, headers }: Answer) => [
      status,
      Object.keys(json as object),
      headers.getSetCookie().map((line) => line.replace(/=[^;]*/u, '')),
    ];
    const nobody = shape(await ask({ entry: 'A'.repeat(22) }));
    expect(shape(await ask(entryOf(away)))).toEqual(nobody);
    expect(shape(await ask({ email: 'ada@acme.test' }))).toEqual(nobody); // not proven
    expect(shape(await ask({ email: 'ada@nobody.test' }))).toEqual(nobody);
    expect(shape(await ask(entryOf(sso)))).not.toEqual(nobody);
    expect(shape(await ask(entryOf(sso)))[2]).toEqual(nobody[2]);
  });

  test('200_a_browser_that_has_begun_one_may_begin_another', async () => {
    const sso = await set({});
    const browser = companyBrowser(api, origin);
    const first = (await browser.leave(entryOf(sso))) ?? '';
    await browser.leave(entryOf(sso));
    expect((await browser.comeBack((await company.provider.visit(first, 'ada')).search.slice(1))).status).toBe(204);
  });

  test.each([
    { company: { email: 'x' } },
    { company: { entry: '../x' } },
    { company: {} },
    { company: { email: 'a@b.test', entry: 'A'.repeat(22) } },
  ])('400_for_%j', async (body) => {
    expect((await api.ask('POST', '/v1/sessions/passkey/options', { body, headers: { origin } })).code).toBe('http.request_invalid');
  });
});
