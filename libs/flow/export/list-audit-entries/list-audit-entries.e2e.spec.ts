import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAuditEntries } from '@lib/contract';
import { flushAudit, startSequencer, type Sequencer } from '@lib/guard/audit';
import { closeDatabase, openDatabase, type Database } from '@lib/platform/db';
import { openLog } from '@lib/platform/telemetry';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  sequencerDatabase = openDatabase({ url: api.database.urls.aegis_audit, poolMax: 2, applicationName: 'sequencer-test' });
  dispatch = openDatabase({ url: api.database.urls.aegis_dispatch, poolMax: 1, applicationName: 'dispatch-test' });
  const log = openLog({ destination: { write: () => true }, service: 'test', level: 'silent' });
  sequencer = startSequencer({ database: sequencerDatabase, dispatch, keys: { kms: api.keyring, host: 'audit.test' }, log });
  for (const tenant of [api.acme, api.other]) await flushAudit({ tenancy: api.tenancy, sequencer }, tenant.context);
});
afterAll(async () => {
  await sequencer.stop();
  await Promise.all([closeDatabase(sequencerDatabase), closeDatabase(dispatch)]);
  await api.close();
});
let sequencer: Sequencer;
let sequencerDatabase: Database;
let dispatch: Database;
const { schema } = listAuditEntries.answers[200];

describe('listAuditEntries', () => {
  test('200_pages_newest_first_and_the_reading_is_an_entry_too', async () => {
    const first = schema.parse((await api.ask('GET', '/v1/audit/entries?limit=1', { token: api.acme.admin })).json);
    expect(first.items.map((item) => [item.index, item.event.action])).toEqual([[2, 'token.created']]);
    const next = `/v1/audit/entries?limit=1&cursor=${String(first.nextCursor)}`;
    const second = schema.parse((await api.ask('GET', next, { token: api.acme.admin })).json);
    expect(second.items.map((item) => [item.index, item.event.action])).toEqual([[1, 'member.added']]);
    await flushAudit({ tenancy: api.tenancy, sequencer }, api.acme.context);
    const after = schema.parse((await api.ask('GET', '/v1/audit/entries', { token: api.acme.admin })).json);
    expect(after.items.filter((item) => item.event.action === 'audit.listed')).toHaveLength(2);
  });

  test('200_shows_entries_of_the_tenant_alone', async () => {
    const { json, text } = await api.ask('GET', '/v1/audit/entries', { token: api.other.admin });
    expect(schema.parse(json).items.length).toBeGreaterThan(0);
    expect(text).not.toContain(api.acme.id);
  });

  test('400_for_a_cursor_of_another_tenant', async () => {
    const theirs = schema.parse((await api.ask('GET', '/v1/audit/entries?limit=1', { token: api.other.admin })).json).nextCursor;
    expect((await api.ask('GET', `/v1/audit/entries?cursor=${String(theirs)}`, { token: api.acme.admin })).code).toBe(
      'http.cursor_invalid',
    );
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/audit/entries')).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_credential_of_scope_write', async () => {
    const answer = await api.ask('GET', '/v1/audit/entries', { token: api.acme.write });
    expect([answer.status, answer.code]).toEqual([403, 'identity.scope_too_small']);
  });
});
