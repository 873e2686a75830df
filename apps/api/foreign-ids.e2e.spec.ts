import { gzipSync } from 'node:zlib';
import type { Route } from '@lib/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testApi, type Answer, type TestApi } from '../../tools/testing/api.ts';
import { plantAlarms, plantFindings, plantRepository, plantScan } from '../../tools/testing/plant.ts';
import { auditPlacing } from '../../tools/testing/place-audit.ts';
import { apiRoutes } from './api-routes.ts';

// Generated from the route table: a new route with an id is attacked without anybody thinking of it.
const absent = '0195a1d0-0000-7000-8000-00000000dead';
const exportPlan = {
  origin: 'log',
  size: 1,
  checkpoint: 'note',
  verifierKey: 'key',
  policy: '',
  filter: {},
  views: [],
  proofs: [],
  pending: 0,
  createdAtMs: 0,
};
const withIds = apiRoutes.filter((route) => route.path.includes('{') || bodyIds(route).length > 0);
let api: TestApi;
let theirs: Readonly<Record<string, string>>;

beforeAll(async () => {
  api = await testApi();
  const repositoryId = await plantRepository(api, api.other, 'vault');
  const scanId = await plantScan(api, api.other, { repositoryId, stages: ['queued'] });
  const [findingId = ''] = await plantFindings(api, api.other, [{ repositoryId, scanId, path: 'a.js' }]);
  const [token] = await api.database.admin('select id from app.api_token where tenant_id = $1 and scope = $2', [api.other.id, 'read']);
  const [alarmId = ''] = await plantAlarms(api, api.other, [findingId]);
  const exportId = '0195a1d0-0000-7000-8000-00000000e0e0';
  await api.database.admin(`insert into app.audit_export (tenant_id, id, plan, size) values ($1, $2, $3, 1)`, [
    api.other.id,
    exportId,
    JSON.stringify(exportPlan),
  ]);
  const witnessId = '0195a1d0-0000-7000-8000-00000000f0f0';
  await api.database.admin(`insert into app.audit_witness (tenant_id, id, verifier_key, url) values ($1, $2, $3, 'https://witness.test')`, [
    api.other.id,
    witnessId,
    'witness.test+key',
  ]);
  const placing = auditPlacing(api);
  await placing.place(api.other.id);
  await placing.close();
  const [leaf] = await api.database.admin('select event_id from app.audit_leaf where tenant_id = $1 and idx = 0', [api.other.id]);
  theirs = {
    eventId: String(leaf?.['event_id']),
    witnessId,
    repositoryId,
    scanId,
    findingId,
    tokenId: String(token?.['id']),
    alarmId,
    exportId,
  };
});
afterAll(() => api.close());

describe('ids of another tenant', () => {
  test('every_kind_of_id_in_the_contract_is_planted', () => {
    const names = new Set(
      withIds.flatMap((route) => [...route.path.matchAll(/\{(\w+)\}/gu)].map(([, name = '']) => name).concat(bodyIds(route))),
    );
    expect([...names].toSorted()).toEqual(Object.keys(theirs).toSorted());
  });

  test.each(withIds.map((route) => [route.operationId, route] as const))('%s_answers_them_like_absent_ones', async (_name, route) => {
    const foreign = await call(route, theirs);
    const nothing = await call(route, Object.fromEntries(Object.keys(theirs).map((name) => [name, absent])));
    expect(foreign.status).toBe(404);
    expect(foreign.text).toBe(nothing.text);
    expect(headersOf(foreign)).toEqual(headersOf(nothing));
  });

  test('the_same_calls_by_their_owner_do_not_answer_404', async () => {
    for (const route of withIds) {
      const answer = await call(route, theirs, api.other.admin);
      expect(answersOfOwner[route.operationId] ?? [200, 201, 202, 204], route.operationId).toContain(answer.status);
    }
  });
});

// It is there, and refused for another reason: an alarm is for a person who is signed in, which a token is not; the export is being made.
const answersOfOwner: Readonly<Record<string, readonly number[]>> = { acknowledgeAlarm: [403], downloadAuditExport: [409] };

function bodyIds(route: Route): string[] {
  return route.operationId === 'createScan' ? ['repositoryId'] : [];
}

function bodyOf(route: Route, ids: Readonly<Record<string, string>>): { readonly body?: unknown } {
  if (bodyIds(route).length > 0) return { body: { repositoryId: ids['repositoryId'] } };
  if (route.operationId === 'holdEvidence') return { body: { reason: 'a case' } };
  const retainUntil = new Date(Date.now() + 500 * 86_400_000).toISOString();
  return route.operationId === 'extendEvidence' ? { body: { retainUntil } } : {};
}

async function call(route: Route, ids: Readonly<Record<string, string>>, token = api.acme.admin): Promise<Answer> {
  const path = route.path.replaceAll(/\{(\w+)\}/gu, (_whole, name: string) => ids[name] ?? '');
  const body = bodyOf(route, ids);
  const headers = { 'x-request-id': 'the-same-for-both' };
  if (route.raw !== undefined) {
    const raw = new Uint8Array(gzipSync('an archive'));
    return api.ask(route.method, path, { token, raw, headers: { ...headers, 'content-type': 'application/gzip' } });
  }
  if (route.operationId !== 'streamScan' || token === api.acme.admin) return api.ask(route.method, path, { token, headers, ...body });
  // the owner's live view does not end by itself: its head is enough
  const answer = await fetch(`${api.base}${path}`, { headers: { authorization: `Bearer ${token}` } });
  await answer.body?.cancel();
  return { status: answer.status, headers: answer.headers, text: '', json: undefined, code: undefined };
}

function headersOf(answer: Answer): Record<string, string> {
  return Object.fromEntries([...answer.headers].filter(([name]) => name !== 'date'));
}
