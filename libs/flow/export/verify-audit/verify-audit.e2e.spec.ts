import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyAudit } from '@lib/contract';
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
const { schema } = verifyAudit.answers[200];

describe('verifyAudit', () => {
  test('200_says_that_a_whole_log_is_whole', async () => {
    const answer = await api.ask('POST', '/v1/audit/verify', { token: api.acme.admin });
    expect(schema.parse(answer.json)).toMatchObject({ ok: true, size: 3, failedIndex: null, reason: null });
  });

  test('200_names_the_leaf_that_was_altered_behind_our_back', async () => {
    await api.database.admin('alter table app.audit_leaf disable trigger keep_leaf');
    await api.database.admin(
      `update app.audit_leaf set entry = convert_to(replace(convert_from(entry, 'utf8'), 'success', 'failure'), 'utf8')
      where tenant_id = $1 and idx = 1`,
      [api.other.id],
    );
    const answer = await api.ask('POST', '/v1/audit/verify', { token: api.other.admin });
    expect(schema.parse(answer.json)).toMatchObject({ ok: false, failedIndex: 1, reason: 'audit.leaf_altered' });
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', '/v1/audit/verify')).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_credential_of_scope_write', async () => {
    const answer = await api.ask('POST', '/v1/audit/verify', { token: api.acme.write });
    expect([answer.status, answer.code]).toEqual([403, 'identity.scope_too_small']);
  });
});
