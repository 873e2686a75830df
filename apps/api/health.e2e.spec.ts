import { getReady } from '@lib/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testApi, type Answer, type TestApi } from '../../tools/testing/api.ts';
import { plantFindings, plantRepository, plantScan } from '../../tools/testing/plant.ts';

let api: TestApi;
let repositoryId: string;
let findingId: string;
beforeAll(async () => {
  api = await testApi();
  const repository = await plantRepository(api, api.acme, 'shop');
  const scanId = await plantScan(api, api.acme, { repositoryId: repository, state: 'succeeded' });
  [findingId = ''] = await plantFindings(api, api.acme, [{ repositoryId: repository, scanId, path: 'a.js' }]);
  repositoryId = repository;
});
afterAll(() => api.close());

describe('getHealth', () => {
  test('200_without_a_credential', async () => {
    const answer = await api.ask('GET', '/health');
    expect([answer.status, answer.json]).toEqual([200, { status: 'ok' }]);
  });
});

describe('getReady', () => {
  test('200_when_the_database_answers_and_takes_writes', async () => {
    const answer = await api.ask('GET', '/ready');
    expect([answer.status, getReady.answers[200].schema.parse(answer.json).status]).toEqual([200, 'ready']);
  });

  test('503_when_the_database_takes_no_writes', async () => {
    await expectAway(() => api.ask('GET', '/ready'));
  });
});

describe('createScan', () => {
  test('503_when_the_database_takes_no_writes_and_a_202_once_it_does_again', async () => {
    const ask = { token: api.acme.write, body: { repositoryId }, headers: { 'idempotency-key': 'later' } };
    await expectAway(() => api.ask('POST', '/v1/scans', ask));
    expect((await api.ask('POST', '/v1/scans', ask)).status).toBe(202);
  });
});

describe('getFinding', () => {
  test('503_when_the_reading_cannot_be_audited', async () => {
    await expectAway(() => api.ask('GET', `/v1/findings/${findingId}`, { token: api.acme.read }));
  });
});

describe('listAuditEntries', () => {
  test('503_when_the_reading_cannot_be_audited', async () => {
    await expectAway(() => api.ask('GET', '/v1/audit/entries', { token: api.acme.admin }));
  });
});

async function expectAway(ask: () => Promise<Answer>): Promise<void> {
  await setReadOnly(true);
  try {
    const answer = await ask();
    expect([answer.status, answer.code], api.logLines.slice(-3).join('')).toEqual([503, 'db.unavailable']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.text).not.toMatch(/read-only|25006/iu);
  } finally {
    await setReadOnly(false);
  }
}

/** Freezes the database for our connections to come, and ends those that are there: as a fail-over to a standby looks to the API. */
async function setReadOnly(on: boolean): Promise<void> {
  for (const role of ['aegis_api', 'aegis_identity'])
    await api.database.admin(
      `alter role ${role} in database ${api.database.name} set default_transaction_read_only = ${on ? 'on' : 'off'}`,
    );
  const apiConnections = `select pid from pg_stat_activity where datname = $1 and usename in ('aegis_api', 'aegis_identity')`;
  const ended = await api.database.admin(`select pg_terminate_backend(pid, 5000) as ended from (${apiConnections}) a`, [api.database.name]);
  expect(ended.every((row) => row['ended'] === true)).toBe(true);
}
