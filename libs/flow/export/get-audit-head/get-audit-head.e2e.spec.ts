import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomUUID } from 'node:crypto';
import { auditHeadSchema, tenantIdSchema } from '@lib/contract';
import { openNote, parseVerifierKey } from '@lib/engine/tlog';
import { bootstrapTenant } from '@lib/flow/identity';
import { systemClock, systemIds } from '@lib/platform/clock';
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

describe('getAuditHead', () => {
  test('200_shows_a_checkpoint_that_its_own_key_verifies', async () => {
    const head = auditHeadSchema.parse((await api.ask('GET', '/v1/audit/head', { token: api.acme.read })).json);
    const key = parseVerifierKey(head.verifierKey);
    if (!key.ok) throw new Error('a verifier key');
    expect(openNote(Buffer.from(head.checkpoint), [key.value]).ok).toBe(true);
    expect([head.size, head.pending]).toEqual([3, 0]);
    expect(head.checkpoint.split('\n').slice(0, 3)).toEqual([
      `audit.test/t/${api.acme.id}`,
      '3',
      Buffer.from(head.root, 'hex').toString('base64'),
    ]);
  });

  test('200_before_the_first_checkpoint_it_is_the_empty_tree_and_tells_what_waits', async () => {
    await sequencer.stop();
    const tenantId = tenantIdSchema.parse(randomUUID());
    const { cliToken } = await bootstrapTenant(
      { tenancy: api.tenancy, clock: systemClock, ids: systemIds, kms: api.keyring },
      { tenantId, name: 'New', pass: api.database.pass(tenantId) },
    );
    const head = auditHeadSchema.parse((await api.ask('GET', '/v1/audit/head', { token: cliToken })).json);
    expect([head.size, head.checkpoint, head.pending]).toEqual([0, '', 3]);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/audit/head')).code).toBe('identity.unauthenticated');
  });
});
