import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getSso } from '@lib/contract';
import { hashSecret, makeSecret } from '@lib/platform/http';
import { publicReach } from '@lib/platform/outbound';
import { testApi, type TestApi } from '../../../tools/testing/api.ts';
import { companyBrowser } from '../../../tools/testing/company-browser.ts';
import { entryOf, liarOf, ssoSettings, testCompany, type TestCompany } from '../../../tools/testing/company.ts';
import { lyingProvider } from '../../../tools/testing/lying-provider.ts';
import { plantMember } from '../../../tools/testing/plant-member.ts';
import { addFirstPasskey, signed, site } from '../../../tools/testing/plant-passkey.ts';

const { origin } = site;
let company: TestCompany;
let api: TestApi;
let set: TestCompany['set'];
let arrive: TestCompany['arrive'];
beforeAll(async () => {
  company = await testCompany();
  ({ api, set, arrive } = company);
});
afterAll(() => company.close());

describe('setSso', () => {
  test('200_keeps_the_secret_sealed_and_shows_it_to_nobody', async () => {
    await set({});
    const [row] = await api.database.admin('select secret from app.sso_provider where tenant_id = $1', [api.acme.id]);
    expect(Buffer.from(row?.['secret'] as Uint8Array).toString('latin1')).not.toContain(company.client.clientSecret);
    const shown = await api.ask('GET', '/v1/sso', { token: api.acme.admin });
    expect(shown.text).not.toContain(company.client.clientSecret);
    expect(api.logLines.join('\n')).not.toContain(company.client.clientSecret);
    const [event] = (await api.audit(api.acme.id, 'sso.configured')).slice(-1);
    expect(event?.detail).toMatchObject({ host: new URL(company.client.issuer).host, required: false, domains: 1 });
  });

  test('200_another_client_is_another_provider_at_the_same_entry_and_knows_nobody', async () => {
    const before = await set({});
    await arrive(before, 'ada');
    const liar = await lyingProvider();
    const after = await set(liarOf(liar));
    expect(after.entryPath).toBe(before.entryPath);
    expect(await api.database.admin('select from app.sso_person where tenant_id = $1', [api.acme.id])).toEqual([]);
    liar.close();
    await set({});
  });

  test('200_as_the_only_way_in_it_ends_other_sessions_and_refuses_passkeys_codes_and_invitations', async () => {
    const [developer, owner] = [await plantMember(api, api.acme, 'developer'), await plantMember(api, api.acme, 'owner')];
    const passkeys = { developer: await addFirstPasskey(api, developer), owner: await addFirstPasskey(api, owner) };
    const sso = await set({ required: true });
    expect((await api.ask('GET', '/v1/tenant', { headers: developer.headers })).status).toBe(401);
    expect((await api.ask('GET', '/v1/tenant', { headers: owner.headers })).status).toBe(200);
    expect((await company.passkeySignIn(developer, passkeys.developer)).code).toBe('sso.needed');
    expect((await company.passkeySignIn(owner, passkeys.owner)).status).toBe(204);
    expect((await arrive(sso, 'ada')).answer.status).toBe(204);
    await set({ required: false });
    expect((await company.passkeySignIn(developer, passkeys.developer)).status).toBe(204);
  });

  test.each([
    ['an address that is none', { issuer: 'nonsense' }],
    ['a user in the address', { issuer: 'https://user:word@provider.test' }],
    ['a query in the address', { issuer: 'https://provider.test?x=1' }],
    ['a file', { issuer: 'file:///etc/passwd' }],
    ['a role of owner', { defaultRole: 'owner' }],
    ['a group of owners', { groupRoles: [{ group: 'g', role: 'owner' }] }],
    ['no domain', { domains: [] }],
    ['a domain that is none', { domains: ['acme'] }],
    ['every domain', { domains: ['*.test'] }],
  ])('400_for_%s', async (_, change) => {
    const answer = await api.ask('POST', '/v1/sso', { token: api.acme.admin, body: { ...ssoSettings, ...company.client, ...change } });
    expect([answer.status, answer.code]).toEqual([400, 'http.request_invalid']);
  });

  test('400_for_a_new_provider_without_its_secret', async () => {
    const { issuer } = company.client;
    const answer = await api.ask('POST', '/v1/sso', { token: api.acme.admin, body: { ...ssoSettings, issuer, clientId: 'another' } });
    expect(answer.code).toBe('sso.secret_needed');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', '/v1/sso', { body: {} })).code).toBe('identity.unauthenticated');
  });

  test('403_for_an_admin', async () => {
    const { headers } = await plantMember(api, api.acme, 'admin');
    const answer = await api.ask('POST', '/v1/sso', { headers: { ...headers, origin }, body: { ...ssoSettings, ...company.client } });
    expect(answer.code).toBe('identity.role_forbids');
  });

  test('403_for_an_owner_who_has_a_passkey_and_does_not_show_it', async () => {
    const owner = await plantMember(api, api.acme, 'owner');
    const passkey = await addFirstPasskey(api, owner);
    const body = { ...ssoSettings, ...company.client };
    expect((await api.ask('POST', '/v1/sso', { headers: { ...owner.headers, origin }, body })).code).toBe('presence.needed');
    const headers = await signed(api, { member: owner, passkey }, { operationId: 'setSso', body });
    expect((await api.ask('POST', '/v1/sso', { headers, body })).status).toBe(200);
  });

  test('409_for_a_provider_that_is_away_or_unfit', async () => {
    const liar = await lyingProvider();
    const ask = async () => (await api.ask('POST', '/v1/sso', { token: api.acme.admin, body: { ...ssoSettings, ...liarOf(liar) } })).code;
    liar.describe({ issuer: 'https://elsewhere.test' });
    expect(await ask()).toBe('sso.provider_unfit');
    liar.close();
    expect(await ask()).toBe('sso.provider_unreachable');
  });

  test('409_for_an_address_inside_unless_the_operator_says_so', async () => {
    const outside = await testApi({ publicOrigin: origin, reach: publicReach });
    const body = { ...ssoSettings, ...company.client };
    const code = async (issuer: string) =>
      (await outside.ask('POST', '/v1/sso', { token: outside.acme.admin, body: { ...body, issuer } })).code;
    for (const issuer of ['https://127.0.0.1:1', 'https://169.254.169.254', 'https://localhost'])
      expect(await code(issuer)).toBe('sso.provider_unreachable');
    expect(await code(company.client.issuer)).toBe('sso.provider_unfit'); // not over TLS
    await outside.close();
  });
});

describe('getSso', () => {
  test('200_says_where_people_are_sent_back_to_and_that_it_was_read', async () => {
    await set({});
    const state = getSso.answers[200].schema.parse((await api.ask('GET', '/v1/sso', { token: api.acme.admin })).json);
    expect(state).toMatchObject({
      redirectUri: `${origin}/sign-in/company`,
      sso: { issuer: company.client.issuer, clientId: 'aegis', required: false },
    });
    expect(await api.audit(api.acme.id, 'sso.read')).not.toEqual([]);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/sso')).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_developer', async () => {
    const { headers } = await plantMember(api, api.acme, 'developer');
    expect((await api.ask('GET', '/v1/sso', { headers })).code).toBe('identity.role_forbids');
  });
});

describe('proveSsoDomains', () => {
  const prove = (token = api.acme.admin) => api.ask('POST', '/v1/sso/domains', { token });

  test('200_an_address_is_enough_once_the_name_server_says_whose_its_domain_is', async () => {
    const sso = await set({});
    const theirs = await set({}, api.other.admin);
    const [domain] = sso.domains;
    const name = domain?.record.name ?? '';
    const browser = companyBrowser(api, origin);
    await prove();
    expect(await browser.leave({ email: 'ada@acme.test' })).toBeUndefined();
    // the record of another tenant proves nothing for this one, and this one's nothing for the other
    company.records[name] = [theirs.domains[0]?.record.value ?? ''];
    await prove();
    expect(await browser.leave({ email: 'ada@acme.test' })).toBeUndefined();
    company.records[name] = ['something else', domain?.record.value ?? ''];
    await prove(api.other.admin);
    expect(await browser.leave({ email: 'ada@acme.test' })).toBeUndefined();
    await prove();
    const location = new URL((await browser.leave({ email: 'ada@acme.test' })) ?? '');
    expect([location.origin, location.searchParams.get('login_hint')]).toEqual([company.client.issuer, 'ada@acme.test']);
    // a name server that does not answer changes nothing; one that says so no more does
    company.records[name] = undefined;
    await prove();
    expect(await browser.leave({ email: 'ada@acme.test' })).toBeDefined();
    company.records[name] = [];
    await prove();
    expect(await browser.leave({ email: 'ada@acme.test' })).toBeUndefined();
    const [event] = (await api.audit(api.acme.id, 'sso.domains_proven')).slice(-1);
    expect(event?.detail).toEqual({ proven: 0, unproven: 1 });
  });

  test('200_a_domain_that_is_taken_away_leads_nowhere', async () => {
    const sso = await set({});
    company.records[sso.domains[0]?.record.name ?? ''] = [sso.domains[0]?.record.value ?? ''];
    await prove();
    const browser = companyBrowser(api, origin);
    expect(await browser.leave({ email: 'ada@acme.test' })).toBeDefined();
    await set({ domains: ['another.test'] });
    expect(await browser.leave({ email: 'ada@acme.test' })).toBeUndefined();
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', '/v1/sso/domains')).code).toBe('identity.unauthenticated');
  });

  test('403_for_an_admin', async () => {
    const { headers } = await plantMember(api, api.acme, 'admin');
    expect((await api.ask('POST', '/v1/sso/domains', { headers: { ...headers, origin } })).code).toBe('identity.role_forbids');
  });

  test('404_where_there_is_no_provider', async () => {
    await api.ask('DELETE', '/v1/sso', { token: api.other.admin });
    expect((await prove(api.other.admin)).code).toBe('sso.not_configured');
  });
});

describe('removeSso', () => {
  test('204_nobody_signs_in_there_any_more_and_members_stay', async () => {
    const sso = await set({});
    const { headers } = await arrive(sso, 'ada');
    const browser = companyBrowser(api, origin);
    const begun = (await browser.leave(entryOf(sso))) ?? '';
    expect((await api.ask('DELETE', '/v1/sso', { token: api.acme.admin })).status).toBe(204);
    expect((await api.ask('GET', '/v1/tenant', { headers })).status).toBe(200);
    expect(await browser.leave(entryOf(sso))).toBeUndefined();
    expect((await browser.comeBack((await company.provider.visit(begun, 'ada')).search.slice(1))).code).toBe('sso.flow_invalid');
    expect(await api.audit(api.acme.id, 'sso.removed')).toHaveLength(1);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('DELETE', '/v1/sso')).code).toBe('identity.unauthenticated');
  });

  test('403_for_an_admin', async () => {
    const { headers } = await plantMember(api, api.acme, 'admin');
    expect((await api.ask('DELETE', '/v1/sso', { headers: { ...headers, origin } })).code).toBe('identity.role_forbids');
  });

  test('404_where_there_is_none', async () => {
    await api.ask('DELETE', '/v1/sso', { token: api.acme.admin });
    expect((await api.ask('DELETE', '/v1/sso', { token: api.acme.admin })).code).toBe('sso.not_configured');
  });
});

describe('where the provider is the only way in', () => {
  beforeAll(() => set({ required: true }));
  afterAll(() => set({}));

  describe('startSession', () => {
    test('403_for_a_member_with_a_code_but_not_for_an_owner', async () => {
      const codeOf = async (role: 'owner' | 'developer') => {
        const { id } = await plantMember(api, api.acme, role);
        const code = makeSecret();
        await api.database.admin(
          `insert into identity.credential (hash, tenant_id, kind, subject_id, scope, expires_at, member_id, role)
           values ($1, $2, 'code', $3, 'admin', now() + interval '5 minutes', $3, $4)`,
          [hashSecret(code), api.acme.id, id, role],
        );
        return api.ask('POST', '/v1/sessions', { body: { code }, headers: { 'x-forwarded-for': '192.0.2.10' } });
      };
      expect((await codeOf('developer')).code).toBe('sso.needed');
      expect((await codeOf('owner')).status).toBe(204);
      expect(await company.reasons()).toContain('not_at_the_provider');
    });
  });

  describe('signInWithPasskey', () => {
    test('403_for_a_member_but_not_for_an_owner', async () => {
      const [developer, owner] = [await plantMember(api, api.acme, 'developer'), await plantMember(api, api.acme, 'owner')];
      expect((await company.passkeySignIn(developer)).code).toBe('sso.needed');
      expect((await company.passkeySignIn(owner)).status).toBe(204);
    });
  });

  describe('acceptInvitation', () => {
    test('403_for_whoever_would_be_less_than_an_owner_and_the_invitation_stays', async () => {
      const owner = await plantMember(api, api.acme, 'owner');
      const accept = async (email: string, role: string) => {
        const made = await api.ask('POST', '/v1/invitations', { headers: { ...owner.headers, origin }, body: { email, role } });
        const { secret } = made.json as { readonly secret: string };
        const body = { secret, email, name: 'Guest' };
        return api.ask('POST', '/v1/invitations/accept', { body, headers: { 'x-forwarded-for': '192.0.2.11' } });
      };
      expect((await accept('guest1@people.test', 'developer')).code).toBe('sso.needed');
      expect(await api.database.admin(`select from app.member where email = 'guest1@people.test'`)).toEqual([]);
      expect((await accept('guest2@people.test', 'owner')).status).toBe(204);
    });
  });
});
