import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  absentId,
  callRoute,
  headersOf,
  idNames,
  isOwn,
  plantForeign,
  routesWithIds,
  type NamedIds,
} from '../../tools/isolation/foreign-ids.ts';
import { testApi, type TestApi } from '../../tools/testing/api.ts';

let api: TestApi;
let theirs: NamedIds;

beforeAll(async () => {
  api = await testApi();
  theirs = await plantForeign(api);
});
afterAll(() => api.close());

describe('ids of another tenant', () => {
  // `hook` is the secret in an address: planted for who knows it, and no id
  test('every_kind_of_id_in_the_contract_is_planted', () => {
    expect([...new Set([...routesWithIds.flatMap(idNames), 'hook'])].toSorted()).toEqual(Object.keys(theirs).toSorted());
  });

  test.each(routesWithIds.map((route) => [route.operationId, route] as const))('%s_answers_them_like_absent_ones', async (_name, route) => {
    const token = api.acme.admin;
    const foreign = await callRoute(api, route, { ids: theirs, token });
    const nothing = await callRoute(api, route, { ids: Object.fromEntries(Object.keys(theirs).map((name) => [name, absentId])), token });
    expect(foreign.status).toBe(isOwn(route) ? 403 : 404); // a token is nobody, so it has nothing of its own
    expect(foreign.text).toBe(nothing.text);
    expect(headersOf(foreign)).toEqual(headersOf(nothing));
  });

  test('the_same_calls_by_their_owner_do_not_answer_404', async () => {
    for (const route of routesWithIds) {
      const answer = await callRoute(api, route, { ids: theirs, token: api.other.admin });
      const expected = isOwn(route) ? [403] : (answersOfOwner[route.operationId] ?? [200, 201, 202, 204]);
      expect(expected, route.operationId).toContain(answer.status);
    }
  });
});

// It is there, and refused for another reason: an alarm, and agreeing to operator access, is for a person who is signed in, which a token is not; the export is being made;
// the forge knows no such installation.
const answersOfOwner: Readonly<Record<string, readonly number[]>> = {
  verifyInstallation: [409], // it gives no repository to try anything on
  acknowledgeAlarm: [403],
  agreeToElevation: [403],
  restoreMember: [200, 409],
  claimInstallation: [404],
  restoreForgeApp: [200, 409],
  restoreSink: [204, 409],
  downloadAuditExport: [409],
};
