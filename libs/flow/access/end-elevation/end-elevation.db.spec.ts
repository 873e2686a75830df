import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditEventSchema, elevationIdSchema, jobIdSchema, tenantIdSchema, type ElevationId, type TenantId } from '@lib/contract';
import type { RunningJob } from '@lib/guard/jobs';
import { openTenancy } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { closeDatabase, lendConnection, openDatabase, type Database } from '@lib/platform/db';
import { testDatabase, type TestDatabase } from '../../../../tools/testing/database.ts';
import { askForElevation, plantStaff, type PlantedStaff } from '../../../../tools/testing/plant-staff.ts';
import { endElevation } from './end-elevation.ts';

let database: TestDatabase;
let pools: { readonly worker: Database; readonly staff: Database };
let ada: PlantedStaff;
let tenantId: TenantId;
beforeAll(async () => {
  database = await testDatabase();
  pools = {
    worker: openDatabase({ url: database.urls.aegis_worker, poolMax: 1, applicationName: 'test' }),
    staff: openDatabase({ url: database.urls.aegis_staff, poolMax: 1, applicationName: 'test' }),
  };
  ada = await plantStaff(database, 'Ada');
});
afterAll(async () => {
  for (const pool of Object.values(pools)) await closeDatabase(pool);
  await database.drop();
});
beforeEach(async () => {
  tenantId = tenantIdSchema.parse(randomUUID());
  await database.admin(`insert into app.tenant (tenant_id, name) values ($1, 'test')`, [tenantId]);
});

const run = async (text: string, values: readonly unknown[]) =>
  lendConnection(pools.staff, async (connection) => (await connection.send({ name: '', text, values: [...values] })).rows);
const ask = async (scope: string): Promise<ElevationId> => (await askForElevation(run, ada, { tenant: tenantId, scope })).id;
const isDue = (id: ElevationId, column: 'expires_at' | 'lapses_at') =>
  database.admin(`update app.elevation set ${column} = clock_timestamp() - interval '1 second' where id = $1`, [id]);
const rowOf = async (id: ElevationId) => (await database.admin('select ended_by from app.elevation where id = $1', [id]))[0];
const jobs = () => database.admin(`select payload, state, not_before > now() as later from app.job where tenant_id = $1`, [tenantId]);
const lastEvent = async () => {
  const [row] = await database.admin('select entry from app.audit_outbox where tenant_id = $1 order by id desc limit 1', [tenantId]);
  return auditEventSchema.parse(JSON.parse(Buffer.from(row?.['entry'] as Uint8Array).toString('utf8')));
};

/** Runs the job as the worker does. */
async function runJob(elevationId: ElevationId): Promise<void> {
  const id = jobIdSchema.parse(randomUUID());
  const payload = { tenantId, elevationId };
  await database.admin(
    `insert into app.job (tenant_id, id, kind, payload, state, attempts, lease_until) values ($1, $2, 'access.end', $3, 'running', 1, now() + interval '1 hour')`,
    [tenantId, id, JSON.stringify(payload)],
  );
  const job: RunningJob<'access.end'> = {
    id,
    kind: 'access.end',
    tenantId,
    payload,
    attempt: 1,
    pass: database.pass(tenantId),
    signal: new AbortController().signal,
  };
  await endElevation({ tenancy: openTenancy(pools.worker), clock: systemClock, ids: systemIds }, job);
}

describe('endElevation', () => {
  test.each(['metadata', 'findings'])(
    'is_asked_for_by_the_database_with_an_elevation_for_%s_at_the_instant_that_it_ends',
    async (scope) => {
      const id = await ask(scope);
      expect(await jobs()).toEqual([{ payload: { tenantId, elevationId: id }, state: 'pending', later: true }]);
    },
  );

  test('says_in_the_log_that_an_elevation_is_over_once', async () => {
    const id = await ask('metadata');
    await isDue(id, 'expires_at');
    await runJob(id);
    expect(await rowOf(id)).toEqual({ ended_by: 'time' });
    const event = await lastEvent();
    expect(event).toMatchObject({ action: 'operator.expired', actor: { type: 'worker' }, detail: { before: 'active' } });
    await runJob(id);
    expect((await lastEvent()).id).toBe(event.id);
  });

  test('says_that_a_request_has_lapsed', async () => {
    const id = await ask('findings');
    await isDue(id, 'lapses_at');
    await runJob(id);
    expect(await lastEvent()).toMatchObject({ action: 'operator.expired', detail: { before: 'waiting' } });
  });

  test('comes_again_when_it_comes_too_early', async () => {
    const id = await ask('metadata');
    const before = (await jobs()).length;
    await runJob(id);
    expect(await rowOf(id)).toEqual({ ended_by: null });
    expect((await jobs()).filter(({ later }) => later === true)).toHaveLength(before + 1);
  });

  test('leaves_alone_what_was_ended_by_somebody_or_never_was', async () => {
    const id = await ask('metadata');
    await database.admin(`update app.elevation set ended_at = now(), ended_by = 'customer' where id = $1`, [id]);
    await runJob(id);
    await runJob(elevationIdSchema.parse(randomUUID()));
    expect(await rowOf(id)).toEqual({ ended_by: 'customer' });
    expect((await lastEvent()).action).toBe('operator.started');
  });
});
