import type { Tenancy } from '@lib/guard/tenancy';

/** A tenancy whose n-th statement never comes back, as when the process is killed there. Counts from 1, over all transactions. */
export function dyingAt(tenancy: Tenancy, n: number): Tenancy {
  let count = 0;
  const dying =
    (given: Tenancy['withTenant']): Tenancy['withTenant'] =>
    (context, purpose, work) =>
      given(context, purpose, (tx) =>
        work({
          ...tx,
          query: (statement) => {
            count += 1;
            return count === n ? Promise.reject(new Error('killed')) : tx.query(statement);
          },
        }),
      );
  return { withTenant: dying(tenancy.withTenant), withTenantOnce: dying(tenancy.withTenantOnce) };
}

/** Whether what was done came to its end or was killed; anything else is an error. */
export function endOf(work: Promise<unknown>): Promise<'done' | 'killed'> {
  return work.then(
    () => 'done',
    (error: unknown) => (error instanceof Error && error.message.includes('killed') ? 'killed' : Promise.reject(error as Error)),
  );
}
