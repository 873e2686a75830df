import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { permissions, roleMay, roles, type Role, type Route } from '@lib/contract';
import { z } from 'zod';
import { callRoute, plantForeign, type NamedIds } from '../../tools/isolation/foreign-ids.ts';
import { testApi, type Answer, type TestApi } from '../../tools/testing/api.ts';
import { plantMember } from '../../tools/testing/plant-member.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiRoutes } from './api-routes.ts';

// The document that users read says what each endpoint needs; here each is asked by each role, by nobody, and by the other tenant's owner.
const operationSchema = z.looseObject({
  operationId: z.string(),
  security: z.array(z.unknown()),
  'x-required-permission': z.string().optional(),
});
const documentSchema = z.object({ paths: z.record(z.string(), z.record(z.string(), operationSchema)) });
const openFile = 'open-endpoints.txt';

let api: TestApi;
let theirs: NamedIds;
let operations: readonly z.infer<typeof operationSchema>[];
beforeAll(async () => {
  api = await testApi({ trustedProxies: 1 });
  theirs = await plantForeign(api);
  const document = documentSchema.parse((await api.ask('GET', '/openapi.json')).json);
  operations = Object.values(document.paths).flatMap((item) => Object.values(item));
});
afterAll(() => api.close());

const guarded = apiRoutes.filter((route) => route.scope !== 'none');
const absent = (ids: NamedIds): NamedIds =>
  Object.fromEntries(Object.keys(ids).map((name) => [name, '0195a1d0-0000-7000-8000-00000000dead']));
const refusals = new Set(['identity.unauthenticated', 'identity.role_forbids', 'identity.scope_too_small']);
const observed = new Map<string, readonly Role[]>();

// each attempt comes from elsewhere: failed ones are counted by address
let strangers = 0;
const nextStranger = (): string => `203.0.113.${String(++strangers)}`;

/** Each asks with a session of its own: one of the endpoints ends it. */
async function askAs(role: Role, route: Route, ids: NamedIds): Promise<Answer> {
  const { headers } = await plantMember(api, api.acme, role);
  return callRoute(api, route, { ids, headers });
}

describe('permissions', () => {
  test('every_operation_of_the_document_says_what_it_needs_or_stands_in_the_list_of_open_ones', () => {
    const [, ...open] = readFileSync(join(import.meta.dirname, openFile), 'utf8')
      .trim()
      .split('\n');
    const needed = new Map(operations.map((found) => [found.operationId, found['x-required-permission']]));
    expect(needed.size).toBe(apiRoutes.length);
    const without = [...needed].filter(([, permission]) => permission === undefined).map(([operationId]) => operationId);
    expect(without.toSorted()).toEqual(open.map((line) => line.split(':')[0] ?? '').toSorted());
    expect(open.filter((line) => line.slice(line.indexOf(':') + 1).trim().length < 20)).toEqual([]);
    for (const [, permission] of needed) if (permission !== undefined) expect(permissions).toHaveProperty([permission]);
  });

  test('no_line_of_the_table_is_there_for_nothing', () => {
    expect(Object.keys(permissions).filter((name) => !guarded.some((route) => route.needs === name))).toEqual([]);
  });

  test.each(guarded)('$operationId is_answered_to_exactly_the_roles_of_the_table', async (route) => {
    const allowed: Role[] = [];
    for (const role of roles) {
      const answer = await askAs(role, route, absent(theirs));
      expect(answer.status, role).toBeLessThan(500);
      if (refusals.has(answer.code ?? '')) expect([answer.status, answer.code], role).toEqual([403, 'identity.role_forbids']);
      else allowed.push(role);
    }
    observed.set(`${route.operationId} ${route.needs}`, allowed);
    expect(allowed).toEqual(roles.filter((role) => roleMay(role, route.needs)));
  });

  test.each(guarded)('$operationId is_answered_to_nobody_without_a_credential', async (route) => {
    const answer = await callRoute(api, route, { ids: absent(theirs), headers: { 'x-forwarded-for': nextStranger() } });
    expect([answer.status, answer.code]).toEqual([401, 'identity.unauthenticated']);
  });

  test.each(guarded)('$operationId shows_the_owner_of_one_tenant_nothing_of_another', async (route) => {
    const answer = await askAs('owner', route, theirs);
    for (const secret of [api.other.id, ...Object.values(theirs)]) expect(answer.text).not.toContain(secret);
    // what has to be signed is refused unsigned, before anything is looked up
    if (route.presence === 'required') expect(answer.code).toBe('presence.person_needed');
    else if (/\{\w+\}/u.test(route.path)) expect(answer.status).toBe(404);
  });

  test('the_table_and_what_was_answered_are_as_they_are_written_down', async () => {
    const mark = (yes: boolean): string => (yes ? 'x' : '.').padEnd(10);
    const head = `${''.padEnd(32)}${roles.map((role) => role.padEnd(10)).join('')}`.trimEnd();
    const line = (name: string, has: (role: Role) => boolean): string =>
      `${name.padEnd(32)}${roles.map((role) => mark(has(role))).join('')}`.trimEnd();
    const table = Object.entries(permissions).map(([name, allowed]) => line(name, (role) => allowed.some((one) => one === role)));
    const answered = [...observed].map(([name, allowed]) => {
      const [operationId = '', needs = ''] = name.split(' ');
      return `${line(operationId, (role) => allowed.includes(role)).padEnd(84)}${needs}`;
    });
    const text = ['# what each role may do', head, ...table, '', '# what each endpoint answered to each role', head, ...answered, ''].join(
      '\n',
    );
    await expect(text).toMatchFileSnapshot('permissions.txt');
  });
});
