import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { TenantId } from '@lib/contract';
import { type TenantContext, claimAuditEpoch } from '@lib/guard/tenancy';
import type { LocalKeyring } from '@lib/platform/kms';
import { openLog } from '@lib/platform/telemetry';
import { testAudit, type TestAudit } from '../../../tools/testing/audit.ts';
import { flushAudit, startSequencer, verifyAuditLog } from './index.ts';
import { sequenceTenant } from './sequence-tenant.ts';

const logged: string[] = [];
const log = openLog({ service: 'test', destination: { write: (line) => logged.push(line) } });
let test: TestAudit;
let context: TenantContext;

beforeAll(async () => {
  test = await testAudit();
});
afterAll(() => test.close());
beforeEach(async () => {
  context = await test.newTenant();
});

const record = (count: number, who = context) => test.record(who, count);
const sequenceAll = (who = context) => test.place(who);
const verify = (who = context) => verifyAuditLog({ tenancy: test.api, keys: test.keys }, who);
const counts = async (tenantId: TenantId = context.tenantId) => {
  const [row] = await test.database.admin(
    `select (select count(*)::int from app.audit_outbox where tenant_id = $1) as waiting,
            (select count(*)::int from app.audit_leaf where tenant_id = $1) as placed`,
    [tenantId],
  );
  return row;
};

it('the_older_epoch_writes_nothing', async () => {
  await record(5);
  const older = await claimAuditEpoch(test.auditPool);
  const newer = await claimAuditEpoch(test.auditPool);
  const turn = (epoch: number) => sequenceTenant({ tenancy: test.audit, keys: test.keys }, { ...context, epoch });
  await expect(turn(older)).rejects.toMatchObject({ code: 'audit.fenced' });
  expect(await counts()).toEqual({ waiting: 5, placed: 0 });
  expect(await turn(newer)).toEqual({ placed: 5, more: false });
});

it('a_successor_waits_for_the_batch_under_way', async () => {
  await record(5);
  const [gate, reached] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const epoch = await claimAuditEpoch(test.auditPool);
  const batch = sequenceTenant({ tenancy: test.audit, keys: slowKeys(reached, gate.promise) }, { ...context, epoch });
  await reached.promise;
  let claimed = false;
  const successor = claimAuditEpoch(test.auditPool).then(() => (claimed = true));
  await vi.waitFor(async () => {
    const [row] = await test.database.admin(
      `select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(row).toEqual({ waiting: 1 });
  });
  expect(claimed).toBe(false);
  gate.resolve(undefined);
  await Promise.all([batch, successor]);
  expect(await counts()).toEqual({ waiting: 0, placed: 5 });
});

it('a_sequencer_killed_in_mid_batch_loses_nothing_and_repeats_nothing', async () => {
  await record(5);
  await sequenceAll();
  await record(7);
  const [gate, reached] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const epoch = await claimAuditEpoch(test.auditPool);
  const batch = sequenceTenant({ tenancy: test.audit, keys: slowKeys(reached, gate.promise) }, { ...context, epoch });
  await reached.promise;
  await test.database.admin(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'aegis_audit'`,
  );
  gate.resolve(undefined);
  await expect(batch).rejects.toMatchObject({ code: 'db.unavailable' });
  expect(await counts()).toEqual({ waiting: 7, placed: 5 });
  await sequenceAll();
  expect(await counts()).toEqual({ waiting: 0, placed: 12 });
  expect(await verify()).toMatchObject({ ok: true, size: 12 });
});

it('every_event_of_many_writers_is_placed_once_while_connections_are_cut', async () => {
  const tenants = [context, await test.newTenant(), await test.newTenant()];
  const sequencer = startSequencer({ database: test.auditPool, dispatch: test.dispatch, keys: test.keys, log });
  const writers = tenants.flatMap((who) =>
    Array.from({ length: 8 }, async () => {
      for (let round = 0; round < 12; round += 1) {
        await record(1, who);
        sequencer.poke();
      }
    }),
  );
  for (let cut = 0; cut < 5; cut += 1) {
    await test.database.admin(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'aegis_audit'`,
    );
  }
  await Promise.all(writers);
  for (const who of tenants) expect(await flushAudit({ tenancy: test.api, sequencer }, who)).toEqual({ ok: true, value: undefined });
  await sequencer.stop();
  for (const who of tenants) {
    expect(await counts(who.tenantId)).toEqual({ waiting: 0, placed: 96 });
    expect(await verify(who)).toMatchObject({ ok: true, size: 96 });
  }
});

it('one_tenant_that_cannot_be_written_does_not_hold_the_others', async () => {
  const broken = await test.newTenant();
  await record(1, broken);
  await sequenceAll(broken);
  await test.database.admin(`update app.audit_tree set checkpoint = 'x' where tenant_id = $1`, [broken.tenantId]);
  await record(1, broken);
  await record(1);
  const sequencer = startSequencer({ database: test.auditPool, dispatch: test.dispatch, keys: test.keys, log });
  expect(await flushAudit({ tenancy: test.api, sequencer }, context)).toMatchObject({ ok: true });
  expect(await flushAudit({ tenancy: test.api, sequencer, waitMsMax: 50 }, broken)).toEqual({
    ok: false,
    error: { code: 'audit.flush_timeout', pending: 1 },
  });
  await sequencer.stop();
  expect(
    logged.some((line) => line.includes('audit.tenant_stalled') && line.includes(broken.tenantId) && line.includes('audit.tree_tampered')),
  ).toBe(true);
  // its place in the ring must not disturb the tests after this
  await test.database.admin('delete from ops.ready_tenant');
});

it('a_replaced_sequencer_stands_by_and_takes_over_when_its_successor_is_gone', async () => {
  const first = startSequencer({ database: test.auditPool, dispatch: test.dispatch, keys: test.keys, log, standByMs: 25 });
  await record(1);
  await flushAudit({ tenancy: test.api, sequencer: first }, context);
  logged.length = 0;
  const second = startSequencer({
    database: test.auditPool,
    dispatch: test.dispatch,
    keys: test.keys,
    log,
    standByMs: 600_000,
  });
  const fenced = () => expect(logged.some((line) => line.includes('audit.sequencer_fenced'))).toBe(true);
  await vi.waitFor(() => record(1).then(first.poke).then(fenced), { timeout: 20_000 });
  expect(await flushAudit({ tenancy: test.api, sequencer: second }, context)).toMatchObject({ ok: true });
  await second.stop();
  await record(3);
  expect(await flushAudit({ tenancy: test.api }, context)).toMatchObject({ ok: true });
  await first.stop();
  expect(await verify()).toMatchObject({ ok: true, size: (await counts())?.['placed'] });
});

function slowKeys(reached: PromiseWithResolvers<undefined>, gate: Promise<undefined>) {
  const sign: LocalKeyring['sign'] = async (key, message) => {
    reached.resolve(undefined);
    await gate;
    return test.kms.sign(key, message);
  };
  return { host: 'audit.test.local', kms: { publicKey: test.kms.publicKey, sign } };
}
