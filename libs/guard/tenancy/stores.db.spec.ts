import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tenantIdSchema } from '@lib/contract';
import { closeDatabase, openDatabase, sql, type Database } from '@lib/platform/db';
import { testDatabase, type TestDatabase } from '../../../tools/testing/database.ts';
import { claimAuditEpoch, openIdentity, openTenancy, readyTurns, type TenantContext } from './index.ts';

const tenantId = tenantIdSchema.parse('aaaaaaaa-0000-4000-8000-000000000001');
const subject = 'aaaaaaaa-0000-4000-8000-00000000000a';
const context: TenantContext = {
  tenantId,
  actor: { type: 'system', id: 'test' },
  pass: { proofFor: (role) => database.pass(tenantId).proofFor(role) },
};
const hashOf = (secret: string) => createHash('sha256').update(secret).digest();

let database: TestDatabase;
let pools: Readonly<Record<'api' | 'worker' | 'identity' | 'audit' | 'dispatch', Database>>;
beforeAll(async () => {
  database = await testDatabase();
  const open = (url: string) => openDatabase({ url, poolMax: 1, applicationName: 'test' });
  const { urls } = database;
  pools = {
    api: open(urls.aegis_api),
    worker: open(urls.aegis_worker),
    identity: open(urls.aegis_identity),
    audit: open(urls.aegis_audit),
    dispatch: open(urls.aegis_dispatch),
  };
  await openTenancy(pools.api).withTenantOnce(context, 'test', (tx) =>
    tx.query(sql('test.tenant')`select identity.create_tenant(${tenantId}, ${'A'})`),
  );
});
afterAll(async () => {
  for (const pool of Object.values(pools)) await closeDatabase(pool);
  await database.drop();
});

function register(secret: string, kind: 'token' | 'session' | 'code', expires = '1 hour') {
  return openTenancy(pools.api).withTenantOnce(context, 'test', (tx) =>
    tx.query(
      sql(
        'test.register',
      )`select identity.register_credential(${hashOf(secret)}, ${kind}, ${subject}, 'read', now() + ${expires}::interval, null, false, null)`,
    ),
  );
}

test('credential_is_found_by_its_hash_until_it_is_revoked', async () => {
  const identity = openIdentity(pools.identity);
  await register('alpha', 'token');
  expect(await identity.findCredential(hashOf('alpha'))).toMatchObject({ tenantId, kind: 'token', subjectId: subject, scope: 'read' });
  expect(await identity.findCredential(hashOf('other'))).toBeUndefined();
  await openTenancy(pools.api).withTenantOnce(context, 'test', (tx) =>
    tx.query(sql('test.revoke')`select identity.revoke_credential(${subject})`),
  );
  expect(await identity.findCredential(hashOf('alpha'))).toBeUndefined();
});

test('expired_credential_is_not_found', async () => {
  await register('late', 'token', '-1 second');
  expect(await openIdentity(pools.identity).findCredential(hashOf('late'))).toBeUndefined();
});

test('code_is_spent_once_and_is_no_credential', async () => {
  const identity = openIdentity(pools.identity);
  await register('code', 'code');
  expect(await identity.findCredential(hashOf('code'))).toBeUndefined();
  const answers = await Promise.all([1, 2, 3].map(() => identity.spendCode(hashOf('code'))));
  expect(answers.filter((answer) => answer !== undefined)).toMatchObject([{ tenantId, scope: 'read' }]);
});

test('look_ups_are_for_their_role_alone', async () => {
  await expect(openIdentity(pools.api).findCredential(hashOf('alpha'))).rejects.toMatchObject({ code: 'db.forbidden' });
  for (const pool of [pools.api, pools.worker, pools.audit, pools.identity])
    await expect(readyTurns(pool, 'job', 10)).rejects.toMatchObject({ code: 'db.forbidden' });
  await expect(claimAuditEpoch(pools.worker)).rejects.toMatchObject({ code: 'db.forbidden' });
});

test('tenant_of_a_transaction_is_the_only_one_it_can_create_or_mark', async () => {
  const { withTenantOnce } = openTenancy(pools.api);
  const other = 'bbbbbbbb-0000-4000-8000-000000000002';
  await expect(
    withTenantOnce(context, 'test', (tx) => tx.query(sql('test.other')`select identity.create_tenant(${other}, ${'B'})`)),
  ).rejects.toMatchObject({
    sqlState: '28000',
  });
  await withTenantOnce(context, 'test', (tx) => tx.query(sql('test.mark')`select ops.mark_ready('job')`));
  expect((await readyTurns(pools.dispatch, 'job', 10)).map((turn) => turn.tenantId)).toEqual([tenantId]);
});

test('newer_epoch_ends_the_older_one', async () => {
  const first = await claimAuditEpoch(pools.audit);
  const second = await claimAuditEpoch(pools.audit);
  expect(second).toBe(first + 1);
  const held = (epoch: number) =>
    openTenancy(pools.audit).withTenantOnce(context, 'test', (tx) => tx.query(sql('test.hold')`select ops.hold_epoch(${epoch}) as held`));
  expect(await held(first)).toEqual([{ held: false }]);
  expect(await held(second)).toEqual([{ held: true }]);
});
