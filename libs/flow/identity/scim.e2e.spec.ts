import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scimUserSchema } from '@lib/contract';
import { plantToken } from '../../../tools/testing/api.ts';
import { patchOf, testDirectory, type TestDirectory } from '../../../tools/testing/directory.ts';
import { plantMember } from '../../../tools/testing/plant-member.ts';

let directory: TestDirectory;
let api: TestDirectory['api'];
let token: TestDirectory['token'];
let everybodyId: TestDirectory['everybodyId'];
let ask: TestDirectory['ask'];
let list: TestDirectory['list'];
let makeUser: TestDirectory['makeUser'];
let join: TestDirectory['join'];
let memberOf: TestDirectory['memberOf'];
let employee: TestDirectory['employee'];
beforeAll(async () => {
  directory = await testDirectory();
  ({ api, token, everybodyId, ask, list, makeUser, join, memberOf, employee } = directory);
});
afterAll(() => directory.close());

const absent = '0195a1d0-0000-7000-8000-00000000dead';
const mediaType = { 'content-type': 'application/scim+json' };
let strangers = 0;

describe('getScimConfig', () => {
  test('200_401_403_says_what_there_is_to_whoever_may_ask', () => describes('/ServiceProviderConfig', '"patch"'));
});

describe('listScimKinds', () => {
  test('200_401_403_says_what_there_is_to_whoever_may_ask', () => describes('/ResourceTypes', '/Groups'));
});

describe('listScimSchemas', () => {
  test('200_401_403_says_what_there_is_to_whoever_may_ask', () => describes('/Schemas', 'userName'));
});

async function describes(path: string, holds: string): Promise<void> {
  const answer = await ask('GET', path);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/scim+json; charset=utf-8']);
  expect(answer.text).toContain(holds);
  expect((await ask('GET', path, { token: undefined })).status).toBe(401);
  expect((await ask('GET', path, { token: api.acme.read })).status).toBe(403);
}

const everyAddress = [
  ['GET', '/ServiceProviderConfig'],
  ['GET', '/ResourceTypes'],
  ['GET', '/Schemas'],
  ['GET', '/Users'],
  ['POST', '/Users'],
  ['GET', `/Users/${absent}`],
  ['PUT', `/Users/${absent}`],
  ['PATCH', `/Users/${absent}`],
  ['DELETE', `/Users/${absent}`],
  ['GET', '/Groups'],
  ['POST', '/Groups'],
  ['GET', `/Groups/${absent}`],
  ['PUT', `/Groups/${absent}`],
  ['PATCH', `/Groups/${absent}`],
  ['DELETE', `/Groups/${absent}`],
] as const;

describe('whoever asks', () => {
  test.each(everyAddress)('%s %s is told 401 in the form of SCIM without a live credential', async (method, path) => {
    const answer = await ask(method, path, {
      token: undefined,
      headers: { ...mediaType, 'x-forwarded-for': `203.0.113.${String((strangers += 1))}` },
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'application/scim+json; charset=utf-8']);
    expect(answer.json).toMatchObject({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '401' });
  });

  test.each(everyAddress)('%s %s is told 403 with a token that only reads or writes', async (method, path) => {
    for (const other of [api.acme.read, api.acme.write])
      expect((await ask(method, path, { token: other })).code).toBe('identity.scope_too_small');
  });

  test('a_directory_reaches_nothing_else_with_its_token', async () => {
    for (const [method, path] of [
      ['GET', '/v1/tenant'],
      ['GET', '/v1/members'],
      ['GET', '/v1/findings'],
      ['POST', '/v1/tokens'],
      ['GET', '/v1/audit/entries'],
    ] as const)
      expect((await api.ask(method, path, { token })).code).toBe('identity.scope_too_small');
    expect((await api.ask('POST', '/v1/sessions', { body: { token } })).code).toBe('identity.code_invalid');
  });
});

describe('createScimUser', () => {
  test('201_nobody_is_a_member_until_a_group_gives_a_role', async () => {
    const user = await makeUser();
    expect(user).toMatchObject({ active: true, groups: [], meta: { resourceType: 'User', location: `/scim/v2/Users/${user.id}` } });
    expect(await memberOf(user)).toBeUndefined();
    await join(everybodyId, user);
    expect(await memberOf(user)).toMatchObject({
      role: 'auditor',
      state: 'active',
      email: user.userName,
      name: `P ${user.name.familyName ?? ''}`,
    });
    expect((await api.audit(api.acme.id, 'scim.user_created')).some((event) => event.targets[0]?.id === user.id)).toBe(true);
  });

  test('201_a_member_of_that_address_is_that_user_and_an_owner_stays_one', async () => {
    const owner = await plantMember(api, api.acme, 'owner');
    const user = await makeUser({ userName: `${owner.id}@people.test` });
    expect(await memberOf(user)).toMatchObject({ id: owner.id, role: 'owner' });
    await join(everybodyId, user);
    expect(await memberOf(user)).toMatchObject({ id: owner.id, role: 'owner' });
  });

  test.each([
    ['no name', { displayName: 'x' }],
    ['an address that is none', { userName: 'a', emails: [{ value: 'x' }] }],
    ['active as a number', { userName: 'a', active: 1 }],
    ['a text', 'x'],
    ['a name with NUL', { userName: 'a\u0000' }],
  ])('400_for_%s', async (_, body) => {
    const answer = await ask('POST', '/Users', { body: typeof body === 'string' ? body : JSON.stringify(body) });
    expect([answer.status, (answer.json as { status: string }).status]).toEqual([400, '400']);
  });

  test('400_401_403', async () => {
    expect((await ask('POST', '/Users', { body: {} })).status).toBe(400);
    expect((await ask('POST', '/Users', { token: undefined })).status).toBe(401);
    expect((await ask('POST', '/Users', { token: api.acme.read })).status).toBe(403);
  });

  test('409_for_a_name_that_is_taken_however_it_is_written', async () => {
    const user = await makeUser();
    const answer = await ask('POST', '/Users', { body: { userName: user.userName.toUpperCase() } });
    expect(answer.json).toMatchObject({ status: '409', scimType: 'uniqueness' });
  });
});

describe('listScimUsers', () => {
  test('200_finds_by_what_directories_ask_for', async () => {
    const user = await makeUser();
    const found = async (filter: string) => (await list(`/Users?filter=${encodeURIComponent(filter)}`)).Resources.map(({ id }) => id);
    for (const filter of [
      `userName eq "${user.userName}"`,
      `userName Eq "${user.userName.toUpperCase()}"`,
      `externalId eq "${user.externalId ?? ''}"`,
      `id eq "${user.id}"`,
      `emails.value eq "${user.userName}"`,
      `userName eq "${user.userName}" and active eq true`,
    ])
      expect(await found(filter), filter).toEqual([user.id]);
    expect(await found(`userName eq "${user.userName}" and active eq false`)).toEqual([]);
    expect(await found('externalId eq "\\" or 1=1 --"')).toEqual([]);
  });

  test('200_pages_through_all_of_them_once', async () => {
    const { totalResults } = await list('/Users?count=0');
    const seen: string[] = [];
    for (let at = 1; at <= totalResults; at += 2) {
      const page = await list(`/Users?startIndex=${String(at)}&count=2`);
      expect(page).toMatchObject({ totalResults, startIndex: at, itemsPerPage: page.Resources.length });
      seen.push(...page.Resources.map(({ id }) => id));
    }
    expect(new Set(seen).size).toBe(totalResults);
    expect((await list('/Users?startIndex=-5&count=-1')).Resources).toEqual([]);
  });

  test.each([
    'userName',
    'userName eq x',
    'userName co "a"',
    'userName eq "a" or id eq "b"',
    'password eq "a"',
    '(userName eq "a")',
    'userName eq "a',
    'userName eq "\\u0000"',
    '',
  ])('400_for_the_filter_%s', async (filter) => {
    expect((await ask('GET', `/Users?filter=${encodeURIComponent(filter)}`)).json).toMatchObject({
      status: '400',
      scimType: 'invalidFilter',
    });
  });

  test('400_401_403', async () => {
    expect((await ask('GET', '/Users?filter=x')).status).toBe(400);
    expect((await ask('GET', '/Users', { token: undefined })).status).toBe(401);
    expect((await ask('GET', '/Users', { token: api.acme.read })).status).toBe(403);
  });
});

describe('getScimUser', () => {
  test('200_shows_a_user_with_its_groups', async () => {
    const user = await makeUser();
    await join(everybodyId, user);
    const shown = scimUserSchema.parse((await ask('GET', `/Users/${user.id}`)).json);
    expect(shown.groups).toEqual([{ value: everybodyId, display: 'Everybody' }]);
  });

  test('400_401_403_404', async () => {
    expect((await ask('GET', '/Users/none')).status).toBe(400);
    expect((await ask('GET', `/Users/${absent}`, { token: undefined })).status).toBe(401);
    expect((await ask('GET', `/Users/${absent}`, { token: api.acme.read })).status).toBe(403);
    expect((await ask('GET', `/Users/${absent}`)).json).toMatchObject({ status: '404' });
  });
});

describe('replaceScimUser', () => {
  test('200_off_shuts_out_at_once_and_on_brings_back_within_the_time', async () => {
    const { user, id, works } = await employee();
    const put = (active: boolean) => ask('PUT', `/Users/${user.id}`, { body: { userName: user.userName, active } });
    expect((await put(false)).status).toBe(200);
    expect(await works()).toBe(401);
    expect(await memberOf(user)).toMatchObject({ id, state: 'leaving' });
    expect((await put(true)).status).toBe(200);
    expect(await memberOf(user)).toMatchObject({ id, state: 'active' });
    expect(await works()).toBe(401); // a session that was ended stays ended
  });

  test('200_whoever_has_gone_for_good_comes_back_as_somebody_new', async () => {
    const { user, id } = await employee();
    await ask('PUT', `/Users/${user.id}`, { body: { userName: user.userName, active: false } });
    await api.database.admin(`update app.member set state = 'gone', email = null where id = $1`, [id]);
    await ask('PUT', `/Users/${user.id}`, { body: { userName: user.userName, active: true } });
    const member = await memberOf(user);
    expect(member).toMatchObject({ state: 'active', role: 'auditor' });
    expect(member?.['id']).not.toBe(id);
  });

  test('400_401_403_404', async () => {
    expect((await ask('PUT', `/Users/${absent}`, { body: {} })).status).toBe(400);
    expect((await ask('PUT', `/Users/${absent}`, { body: { userName: 'a' }, token: undefined })).status).toBe(401);
    expect((await ask('PUT', `/Users/${absent}`, { body: { userName: 'a' }, token: api.acme.read })).status).toBe(403);
    expect((await ask('PUT', `/Users/${absent}`, { body: { userName: 'a' } })).status).toBe(404);
  });

  test('409_for_another_ones_name_and_for_another_members_address_and_nothing_changes', async () => {
    const [first, second] = [await employee(), await employee()];
    expect((await ask('PUT', `/Users/${first.user.id}`, { body: { userName: second.user.userName } })).json).toMatchObject({
      scimType: 'uniqueness',
    });
    const stranger = await plantMember(api, api.acme, 'developer');
    const body = { userName: first.user.userName, displayName: 'Changed', emails: [{ value: `${stranger.id}@people.test` }] };
    expect((await ask('PUT', `/Users/${first.user.id}`, { body })).status).toBe(409);
    expect((await ask('GET', `/Users/${first.user.id}`)).text).not.toContain('Changed');
  });
});

describe('patchScimUser', () => {
  // each as one directory or another sends it
  test.each<[string, object]>([
    ['an object without a path', { op: 'replace', value: { active: false } }],
    ['a capital and a text', { op: 'Replace', path: 'active', value: 'False' }],
    ['the name of the schema', { op: 'replace', path: 'urn:ietf:params:scim:schemas:core:2.0:User:active', value: false }],
  ])('200_%s_switches_off', async (_, operation) => {
    const { user, works } = await employee();
    const answer = await ask('PATCH', `/Users/${user.id}`, { body: patchOf(operation) });
    expect([answer.status, scimUserSchema.parse(answer.json).active]).toEqual([200, false]);
    expect(await works()).toBe(401);
  });

  test('200_a_token_of_whoever_is_switched_off_is_dead_too', async () => {
    const { user, id } = await employee();
    const secret = await plantToken(api.database, api.acme.id, { scope: 'read' });
    await api.database.admin(
      `update identity.credential set member_id = $1, role = 'auditor' where tenant_id = $2 and kind = 'token' and subject_id = (select subject_id from identity.credential where hash = sha256(convert_to($3, 'utf8')))`,
      [id, api.acme.id, secret],
    );
    expect((await api.ask('GET', '/v1/tenant', { token: secret })).status).toBe(200);
    await ask('PATCH', `/Users/${user.id}`, { body: patchOf({ op: 'replace', value: { active: false } }) });
    expect((await api.ask('GET', '/v1/tenant', { token: secret })).status).toBe(401);
  });

  test('200_names_and_addresses_in_every_dialect', async () => {
    const { user } = await employee();
    const change = async (...operations: object[]) =>
      scimUserSchema.parse((await ask('PATCH', `/Users/${user.id}`, { body: patchOf(...operations) })).json);
    expect(await change({ op: 'Add', path: 'emails[type eq "work"].value', value: 'New.Name@acme.test' })).toMatchObject({
      emails: [{ value: 'new.name@acme.test' }],
    });
    expect(await change({ op: 'replace', value: { 'name.givenName': 'G', 'name.familyName': 'F', title: 'left' } })).toMatchObject({
      name: { givenName: 'G', familyName: 'F' },
    });
    expect(
      await change({ op: 'replace', path: 'name.formatted', value: 'left' }, { op: 'replace', path: 'displayName', value: 'G F' }),
    ).toMatchObject({ displayName: 'G F' });
    expect(await memberOf(user)).toMatchObject({ email: 'new.name@acme.test', name: 'G F' });
    expect(
      await change(
        { op: 'remove', path: 'displayName' },
        { op: 'add', path: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department', value: 'D' },
      ),
    ).not.toHaveProperty('displayName');
  });

  test.each<[string, object, string]>([
    ['a path that is none', { op: 'replace', path: 'a b', value: 1 }, 'invalidPath'],
    ['taking away without saying what', { op: 'remove' }, 'invalidPath'],
    ['taking the name away', { op: 'remove', path: 'userName' }, 'invalidValue'],
    ['no object', { op: 'add', value: [1] }, 'invalidValue'],
    ['active as something else', { op: 'replace', path: 'active', value: 'maybe' }, 'invalidValue'],
    ['an operation that is none', { op: 'delete', path: 'active' }, 'invalidValue'],
    ['a name that everything inherits', { op: 'replace', value: { constructor: { name: 1 }, active: 'x' } }, 'invalidValue'],
  ])('400_for_%s', async (_, operation, scimType) => {
    const user = await makeUser();
    expect((await ask('PATCH', `/Users/${user.id}`, { body: patchOf(operation) })).json).toMatchObject({ status: '400', scimType });
  });

  test('400_401_403_404', async () => {
    expect((await ask('PATCH', `/Users/${absent}`, { body: {} })).status).toBe(400);
    const body = patchOf({ op: 'replace', value: { active: false } });
    expect((await ask('PATCH', `/Users/${absent}`, { body, token: undefined })).status).toBe(401);
    expect((await ask('PATCH', `/Users/${absent}`, { body, token: api.acme.read })).status).toBe(403);
    expect((await ask('PATCH', `/Users/${absent}`, { body })).status).toBe(404);
  });

  test('409_the_last_owner_stays_and_nothing_is_changed', async () => {
    await api.database.admin(`update app.member set role = 'admin' where tenant_id = $1 and role = 'owner'`, [api.acme.id]);
    const owner = await plantMember(api, api.acme, 'owner');
    const user = await makeUser({ userName: `${owner.id}@people.test` });
    const off = () => ask('PATCH', `/Users/${user.id}`, { body: patchOf({ op: 'replace', value: { active: false } }) });
    expect((await off()).json).toMatchObject({ status: '409', scimType: 'mutability' });
    expect((await ask('DELETE', `/Users/${user.id}`)).status).toBe(409);
    expect(scimUserSchema.parse((await ask('GET', `/Users/${user.id}`)).json).active).toBe(true);
    expect((await api.ask('GET', '/v1/tenant', { headers: owner.headers })).status).toBe(200);
    await plantMember(api, api.acme, 'owner');
    expect((await off()).status).toBe(200);
    expect((await api.ask('GET', '/v1/tenant', { headers: owner.headers })).status).toBe(401);
  });
});

describe('deleteScimUser', () => {
  test('204_forgets_a_user_who_is_shut_out_at_once', async () => {
    const { user, works } = await employee();
    expect((await ask('DELETE', `/Users/${user.id}`)).status).toBe(204);
    expect(await works()).toBe(401);
    expect((await ask('GET', `/Users/${user.id}`)).status).toBe(404);
  });

  test('409_for_the_last_owner', async () => {
    await api.database.admin(`update app.member set role = 'admin' where tenant_id = $1 and role = 'owner'`, [api.acme.id]);
    const owner = await plantMember(api, api.acme, 'owner');
    const user = await makeUser({ userName: `${owner.id}@people.test` });
    expect((await ask('DELETE', `/Users/${user.id}`)).code).toBe('scim.last_owner');
    expect((await api.ask('GET', '/v1/tenant', { headers: owner.headers })).status).toBe(200);
  });

  test('400_401_403_404', async () => {
    expect((await ask('DELETE', '/Users/none')).status).toBe(400);
    expect((await ask('DELETE', `/Users/${absent}`, { token: undefined })).status).toBe(401);
    expect((await ask('DELETE', `/Users/${absent}`, { token: api.acme.read })).status).toBe(403);
    expect((await ask('DELETE', `/Users/${absent}`)).status).toBe(404);
  });
});
