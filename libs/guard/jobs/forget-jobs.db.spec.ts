import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits, scanIdSchema, type TenantId } from '@lib/contract';
import { systemIds } from '@lib/platform/clock';
import { jobsForTest, type JobsForTest } from '../../../tools/testing/jobs.ts';
import { enqueueJob } from './index.ts';

let test: JobsForTest;
beforeAll(async () => {
  test = await jobsForTest();
});
afterAll(() => test.close());

async function enqueue(tenantId: TenantId): Promise<void> {
  const scanId = scanIdSchema.parse(randomUUID());
  await test.tenancy.withTenant(test.contextOf(tenantId), 'ask for work', (tx) =>
    enqueueJob(tx, 'scan.analyze', { tenantId, scanId }, systemIds),
  );
}

type Ended = { readonly name: string; readonly state: string; readonly age: string | null };

async function plant(of: TenantId, { name, state, age }: Ended): Promise<void> {
  await test.database.admin(
    `insert into app.job (tenant_id, id, kind, payload, state, error_code, finished_at)
     values ($1, $2, 'scan.analyze', '{}', $3, $4, clock_timestamp() - $5::interval)`,
    [of, randomUUID(), state, name, age],
  );
}

describe('forgetting', () => {
  it('a_new_job_takes_some_that_ended_long_ago_with_it_and_no_other', async () => {
    const [tenantId, other] = [await test.addTenant(), await test.addTenant()];
    for (let count = 0; count < limits.jobsForgottenMax; count++) await plant(tenantId, { name: 'old', state: 'done', age: '91 days' });
    await plant(tenantId, { name: 'old failure', state: 'dead', age: '91 days 1 hour' });
    await plant(tenantId, { name: 'recent', state: 'done', age: '89 days' });
    await plant(tenantId, { name: 'open', state: 'pending', age: null });
    await plant(other, { name: 'old of another tenant', state: 'done', age: '91 days' });
    const left = async (of: TenantId): Promise<readonly unknown[]> =>
      (await test.database.admin('select error_code from app.job where tenant_id = $1 and error_code is not null order by 1', [of])).map(
        (row) => row['error_code'],
      );
    await enqueue(tenantId);
    expect(await left(tenantId)).toEqual(['old', 'open', 'recent']);
    await enqueue(tenantId);
    expect(await left(tenantId)).toEqual(['open', 'recent']);
    expect(await left(other)).toEqual(['old of another tenant']);
  });
});
