import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type JobId, jobIdSchema } from '@lib/contract';
import { type Tenancy, type TenantContext, openTenancy } from '@lib/guard/tenancy';
import { type Database, closeDatabase, openDatabase } from '@lib/platform/db';
import { type TestAudit, testAudit } from '../../../tools/testing/audit.ts';
import { listJobLeaves, readJobTile } from './index.ts';

let test: TestAudit;
let pool: Database;
let worker: Tenancy;
let who: TenantContext;
beforeAll(async () => {
  test = await testAudit();
  pool = openDatabase({ url: test.database.urls.aegis_worker, poolMax: 1, applicationName: 'worker' });
  worker = openTenancy(pool);
});
afterAll(async () => {
  await closeDatabase(pool);
  await test.close();
});
beforeEach(async () => {
  who = await test.newTenant();
  await test.pile(who.tenantId, 300);
  await test.place(who);
});

async function plantJob({ kind = 'export.bundle', state = 'running', lease = '1 minute' } = {}): Promise<JobId> {
  const id = randomUUID();
  await test.database.admin(
    `insert into app.job (tenant_id, id, kind, payload, state, lease_until) values ($1, $2, $3, '{}', $4, now() + $5::interval)`,
    [who.tenantId, id, kind, state, lease],
  );
  return jobIdSchema.parse(id);
}
const read = async (job: JobId, as = who) => {
  const [leaves, tile] = await worker.withTenant(as, 'test', (tx) =>
    Promise.all([listJobLeaves(tx, job, { from: 0, count: 512 }), readJobTile(tx, job, 'tile/1/000.p/1')]),
  );
  return { leaves: leaves.length, tile: tile?.length };
};

describe('leaves for a job', () => {
  it('are_given_while_an_export_of_that_tenant_is_held', async () => {
    expect(await read(await plantJob())).toEqual({ leaves: 300, tile: 32 });
  });

  it.each([
    ['waits', { state: 'pending' }],
    ['has_ended', { state: 'done' }],
    ['lost_its_lease', { lease: '-1 second' }],
    ['is_about_something_else', { kind: 'scan.analyze' }],
  ])('are_not_given_to_a_job_that_%s', async (_name, change) => {
    expect(await read(await plantJob(change))).toEqual({ leaves: 0, tile: undefined });
  });

  it('are_not_given_to_another_tenant_nor_for_a_job_that_is_not_there', async () => {
    const job = await plantJob();
    const other = await test.newTenant();
    expect(await read(job, other)).toEqual({ leaves: 0, tile: undefined });
    expect(await read(jobIdSchema.parse(randomUUID()))).toEqual({ leaves: 0, tile: undefined });
  });

  it('end_where_the_signed_log_ends', async () => {
    await test.tamper(
      `insert into app.audit_leaf select tenant_id, 300, hash, entry from app.audit_leaf where tenant_id = '${who.tenantId}' and idx = 3`,
    );
    expect(await read(await plantJob())).toEqual({ leaves: 300, tile: 32 });
  });
});
