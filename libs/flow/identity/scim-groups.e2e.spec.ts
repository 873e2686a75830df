import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scimGroupSchema } from '@lib/contract';
import type { Ask } from '../../../tools/testing/api.ts';
import { patchOf, testDirectory, type TestDirectory } from '../../../tools/testing/directory.ts';

let directory: TestDirectory;
let api: TestDirectory['api'];
let everybodyId: TestDirectory['everybodyId'];
let ask: TestDirectory['ask'];
let list: TestDirectory['list'];
let makeUser: TestDirectory['makeUser'];
let makeGroup: TestDirectory['makeGroup'];
let join: TestDirectory['join'];
let memberOf: TestDirectory['memberOf'];
let employee: TestDirectory['employee'];
beforeAll(async () => {
  directory = await testDirectory();
  ({ api, everybodyId, ask, list, makeUser, makeGroup, join, memberOf, employee } = directory);
});
afterAll(() => directory.close());

const absent = '0195a1d0-0000-7000-8000-00000000dead';

describe('createScimGroup', () => {
  test('201_gives_its_members_their_role_and_the_furthest_of_several', async () => {
    const { user } = await employee();
    const security = await makeGroup('Security', [user]);
    expect(security.members).toEqual([{ value: user.id, display: user.userName }]);
    expect(await memberOf(user)).toMatchObject({ role: 'analyst' });
    const admins = await makeGroup('Admins', [user]);
    expect(await memberOf(user)).toMatchObject({ role: 'admin' });
    await ask('DELETE', `/Groups/${admins.id}`);
    expect(await memberOf(user)).toMatchObject({ role: 'analyst' });
    await ask('PUT', `/Groups/${security.id}`, { body: { displayName: 'Renamed', members: [{ value: user.id }] } });
    expect(await memberOf(user)).toMatchObject({ role: 'auditor' });
    expect((await api.audit(api.acme.id, 'member.role_changed')).length).toBeGreaterThan(3);
  });

  test('201_leaves_whoever_is_no_user_of_this_directory', async () => {
    expect((await makeGroup('Strangers', [{ id: absent }])).members).toEqual([]);
  });

  test('400_401_403_409', async () => {
    expect((await ask('POST', '/Groups', { body: {} })).status).toBe(400);
    expect((await ask('POST', '/Groups', { body: { displayName: 'x' }, token: undefined })).status).toBe(401);
    expect((await ask('POST', '/Groups', { body: { displayName: 'x' }, token: api.acme.read })).status).toBe(403);
    expect((await ask('POST', '/Groups', { body: { displayName: 'Everybody' } })).json).toMatchObject({
      status: '409',
      scimType: 'uniqueness',
    });
  });
});

describe('listScimGroups', () => {
  test('200_finds_by_what_directories_ask_for', async () => {
    const user = await makeUser();
    await join(everybodyId, user);
    const found = async (filter: string, more = '') => (await list(`/Groups?filter=${encodeURIComponent(filter)}${more}`)).Resources;
    expect((await found('displayName eq "Everybody"')).map(({ id }) => id)).toEqual([everybodyId]);
    expect((await found(`id eq "${everybodyId}" and members eq "${user.id}"`)).map(({ id }) => id)).toEqual([everybodyId]);
    expect(await found(`members.value eq "${absent}"`)).toEqual([]);
    expect((await found('displayName eq "Everybody"', '&excludedAttributes=members'))[0]).toMatchObject({ members: [] });
  });

  test('400_401_403', async () => {
    expect((await ask('GET', '/Groups?filter=x')).status).toBe(400);
    expect((await ask('GET', '/Groups', { token: undefined })).status).toBe(401);
    expect((await ask('GET', '/Groups', { token: api.acme.read })).status).toBe(403);
  });
});

describe('getScimGroup', () => {
  test('200_shows_one', async () => {
    expect(scimGroupSchema.parse((await ask('GET', `/Groups/${everybodyId}`)).json).displayName).toBe('Everybody');
  });

  test('400_401_403_404', async () => {
    expect((await ask('GET', '/Groups/none')).status).toBe(400);
    expect((await ask('GET', `/Groups/${absent}`, { token: undefined })).status).toBe(401);
    expect((await ask('GET', `/Groups/${absent}`, { token: api.acme.read })).status).toBe(403);
    expect((await ask('GET', `/Groups/${absent}`)).status).toBe(404);
  });
});

describe('replaceScimGroup', () => {
  test('200_without_members_nobody_is_in_it_and_whoever_has_no_other_role_is_shut_out', async () => {
    const { user, works } = await employee();
    const group = scimGroupSchema.parse((await ask('GET', `/Groups/${everybodyId}`)).json);
    const others = group.members.filter(({ value }) => value !== user.id);
    const answer = await ask('PUT', `/Groups/${everybodyId}`, { body: { displayName: 'Everybody', members: others } });
    expect([answer.status, await works()]).toEqual([200, 401]);
    expect(await memberOf(user)).toMatchObject({ state: 'leaving' });
  });

  test('400_401_403_404_409', async () => {
    const other = await makeGroup('Another');
    expect((await ask('PUT', `/Groups/${other.id}`, { body: {} })).status).toBe(400);
    expect((await ask('PUT', `/Groups/${absent}`, { body: { displayName: 'x' }, token: undefined })).status).toBe(401);
    expect((await ask('PUT', `/Groups/${absent}`, { body: { displayName: 'x' }, token: api.acme.read })).status).toBe(403);
    expect((await ask('PUT', `/Groups/${absent}`, { body: { displayName: 'x' } })).status).toBe(404);
    expect((await ask('PUT', `/Groups/${other.id}`, { body: { displayName: 'Everybody' } })).status).toBe(409);
  });
});

describe('patchScimGroup', () => {
  test.each<[string, (id: string) => object]>([
    ['a filter in the path', (id) => ({ op: 'remove', path: `members[value eq "${id}"]` })],
    ['a list as the value', (id) => ({ op: 'Remove', path: 'members', value: [{ value: id }] })],
    ['everybody', () => ({ op: 'remove', path: 'members' })],
    ['a list in the place of theirs', () => ({ op: 'replace', path: 'members', value: [] })],
    ['an object without a path', () => ({ op: 'replace', value: { members: [] } })],
  ])('200_takes_somebody_out_by_%s', async (name, operation) => {
    const user = await makeUser();
    const group = await makeGroup(`Out ${name}`, [user]);
    const answer = await ask('PATCH', `/Groups/${group.id}`, { body: patchOf(operation(user.id)) });
    expect([answer.status, scimGroupSchema.parse(answer.json).members]).toEqual([200, []]);
  });

  test('200_changes_its_name_and_so_what_it_stands_for', async () => {
    const { user } = await employee();
    const group = await makeGroup('Nothing yet', [user]);
    await ask('PATCH', `/Groups/${group.id}`, { body: patchOf({ op: 'replace', value: { id: group.id, displayName: 'Security' } }) });
    expect(await memberOf(user)).toMatchObject({ role: 'analyst' });
    await ask('DELETE', `/Groups/${group.id}`);
  });

  test('400_401_403_404_409', async () => {
    const group = await makeGroup('Patched');
    const on = (id: string, operation: object, more: Ask = {}) => ask('PATCH', `/Groups/${id}`, { body: patchOf(operation), ...more });
    const name = { op: 'replace', path: 'displayName', value: 'Everybody' };
    expect((await on(group.id, { op: 'add', path: 'owners', value: 'x' })).json).toMatchObject({ scimType: 'invalidPath' });
    expect((await on(group.id, { op: 'add', path: 'members', value: [{ value: 'x' }] })).json).toMatchObject({
      status: '400',
      scimType: 'invalidValue',
    });
    expect((await on(absent, name, { token: undefined })).status).toBe(401);
    expect((await on(absent, name, { token: api.acme.read })).status).toBe(403);
    expect((await on(absent, name)).status).toBe(404);
    expect((await on(group.id, name)).status).toBe(409);
  });
});

describe('deleteScimGroup', () => {
  test('204_forgets_it', async () => {
    const group = await makeGroup('Short');
    expect((await ask('DELETE', `/Groups/${group.id}`)).status).toBe(204);
    expect((await ask('GET', `/Groups/${group.id}`)).status).toBe(404);
  });

  test('400_401_403_404', async () => {
    expect((await ask('DELETE', '/Groups/none')).status).toBe(400);
    expect((await ask('DELETE', `/Groups/${absent}`, { token: undefined })).status).toBe(401);
    expect((await ask('DELETE', `/Groups/${absent}`, { token: api.acme.read })).status).toBe(403);
    expect((await ask('DELETE', `/Groups/${absent}`)).status).toBe(404);
  });
});
