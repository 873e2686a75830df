import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';
import type { Decoy } from './isolation.store.ts';

// Statements that must not reach the decoy. Each answers how many rows it got; what the database refuses, it throws.

const count = async (rows: ReturnType<TenantTx['query']>): Promise<number> => (await rows).length;

export const readTenant = (tx: TenantTx, { decoy_id: id }: Decoy): Promise<number> =>
  count(tx.query(sql('attempt.tenant')`select tenant_id from app.tenant where tenant_id = ${id}`));

export const readRepository = (tx: TenantTx, { decoy_id: tenant, repository_id: id }: Decoy): Promise<number> =>
  count(tx.query(sql('attempt.repository')`select tenant_id from app.repository where tenant_id = ${tenant} or id = ${id}`));

export const readScan = (tx: TenantTx, { decoy_id: tenant, scan_id: id }: Decoy): Promise<number> =>
  count(tx.query(sql('attempt.scan')`select tenant_id from app.scan where tenant_id = ${tenant} or id = ${id}`));

export const readFinding = (tx: TenantTx, { decoy_id: tenant, finding_id: id }: Decoy): Promise<number> =>
  count(tx.query(sql('attempt.finding')`select tenant_id from app.finding where tenant_id = ${tenant} or id = ${id}`));

export const searchCanary = (tx: TenantTx, { canary }: Decoy): Promise<number> =>
  count(
    tx.query(sql('attempt.canary')`
    select name from app.repository where name = ${canary} union all select title from app.finding where title = ${canary}`),
  );

export const everybodyElse = (tx: TenantTx): Promise<number> =>
  count(
    tx.query(sql('attempt.others')`
    select tenant_id from app.repository where tenant_id <> ${tx.context.tenantId}
    union all select tenant_id from app.finding where tenant_id <> ${tx.context.tenantId} limit 5`),
  );

export const changeFinding = (tx: TenantTx, { decoy_id: tenant }: Decoy): Promise<number> =>
  count(tx.query(sql('attempt.change')`update app.finding set state = 'fixed' where tenant_id = ${tenant} returning id`));

export const insertRepository = (tx: TenantTx, { decoy_id: tenant, canary }: Decoy): Promise<number> =>
  count(
    tx.query(sql('attempt.insert')`
    insert into app.repository (tenant_id, id, name, source) values (${tenant}, gen_random_uuid(), ${`${canary}-2`}, '{}') returning id`),
  );

export const overwriteRepository = (tx: TenantTx, { decoy_id: tenant, repository_id: id, canary }: Decoy): Promise<number> =>
  count(
    tx.query(sql('attempt.conflict')`
    insert into app.repository (tenant_id, id, name, source) values (${tenant}, ${id}, ${canary}, '{}') on conflict do nothing returning id`),
  );

export const borrowParent = (tx: TenantTx, { repository_id: id }: Decoy): Promise<number> =>
  count(
    tx.query(sql('attempt.parent')`
    insert into app.scan (tenant_id, id, repository_id, requested_by) values (${tx.context.tenantId}, gen_random_uuid(), ${id}, 'isolation probe') returning id`),
  );

export const readByError = (tx: TenantTx, { decoy_id: tenant }: Decoy): Promise<number> =>
  count(tx.query(sql('attempt.error')`select 1 as x from app.repository where tenant_id = ${tenant} and name::integer = 1`));

export const setTenant = (tx: TenantTx, { decoy_id: tenant }: Decoy): Promise<number> =>
  count(
    tx.query(sql('attempt.set-tenant')`
    select tenant_id from app.repository where set_config('app.tenant_id', ${tenant}, true) is not null and tenant_id = ${tenant}`),
  );

export const forgeProof = (tx: TenantTx, { decoy_id: tenant }: Decoy): Promise<number> =>
  count(
    tx.query(sql('attempt.forge')`
    with s as materialized (select set_config('app.tenant_proof', ${`00000000.${tenant}.9999999999.*.${'00'.repeat(32)}`}, true))
    select r.tenant_id from s, app.repository r`),
  );

export const mintPass = (tx: TenantTx, { decoy_id: tenant }: Decoy): Promise<number> =>
  count(tx.query(sql('attempt.mint')`select identity.mint_pass(${tenant}, 'aegis_api') as pass`));

export const readPairs = (tx: TenantTx): Promise<number> =>
  count(tx.query(sql('attempt.pairs')`select tenant_id from identity.decoy limit 1`));

export const takeOwner = (tx: TenantTx): Promise<number> => count(tx.query(sql('attempt.owner')`set local role aegis_owner`));
