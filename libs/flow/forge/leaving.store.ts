import { z } from 'zod';
import { instantSchema, limits, scanIdSchema, type ForgeAppId, type ScanId } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

/** Shuts an App out; answers until when that can be undone, by the database's clock, or nothing for one that is not active. */
export async function beginAppLeaving(tx: TenantTx, appId: ForgeAppId): Promise<string | undefined> {
  const rows = await tx.query(sql('forge.begin-leaving')`
    update app.forge_app set state = 'leaving' where tenant_id = ${tx.context.tenantId} and id = ${appId} and state = 'active' returning leaves_at`);
  return rows[0] === undefined ? undefined : z.object({ leaves_at: instantSchema }).parse(rows[0]).leaves_at;
}

/** Brings an App back that is leaving, unless the time is over; answers whether it did. */
export async function undoAppLeaving(tx: TenantTx, appId: ForgeAppId): Promise<boolean> {
  const rows = await tx.query(sql('forge.undo-leaving')`
    update app.forge_app set state = 'active'
    where tenant_id = ${tx.context.tenantId} and id = ${appId} and state = 'leaving' and leaves_at > clock_timestamp() returning 1 as back`);
  return rows.length === 1;
}

/** Lets an App go for good whose time is over: its secrets, its address and its claims go, its key is due. Answers false when there is nothing to do. */
export async function finishAppLeaving(tx: TenantTx, appId: ForgeAppId): Promise<boolean> {
  const rows = await tx.query(sql('forge.finish-leaving')`
    update app.forge_app set state = 'gone', hook_secrets = array[''::bytea]
    where tenant_id = ${tx.context.tenantId} and id = ${appId} and state = 'leaving' and leaves_at <= clock_timestamp() returning 1 as gone`);
  if (rows.length === 0) return false;
  await tx.query(sql('forge.forget-installations')`
    update app.forge_installation set state = 'removed', changed_at = clock_timestamp() where tenant_id = ${tx.context.tenantId} and app_id = ${appId}`);
  await tx.query(sql('forge.forget-repositories')`
    update app.forge_repository r set state = 'removed' from app.forge_installation i
    where r.tenant_id = ${tx.context.tenantId} and i.tenant_id = r.tenant_id and i.id = r.installation_id and i.app_id = ${appId}`);
  return true;
}

const leavingSchema = z.object({ leaves_at: instantSchema, early: z.boolean() });

/** When an App that is leaving is gone, and whether that is still to come; nothing for one that is not leaving. */
export async function findAppLeaving(
  tx: TenantTx,
  appId: ForgeAppId,
): Promise<{ readonly leavesAt: string; readonly early: boolean } | undefined> {
  const rows = await tx.query(sql('forge.find-leaving')`
    select leaves_at, leaves_at > clock_timestamp() as early from app.forge_app
    where tenant_id = ${tx.context.tenantId} and id = ${appId} and state = 'leaving' for update`);
  if (rows[0] === undefined) return undefined;
  const row = leavingSchema.parse(rows[0]);
  return { leavesAt: row.leaves_at, early: row.early };
}

/** Live scans of what an App gives, at most `limits.jobCancelMax`. */
export async function findScansOfApp(tx: TenantTx, appId: ForgeAppId): Promise<readonly ScanId[]> {
  const rows = await tx.query(sql('forge.find-scans-of-app')`
    select s.id from app.scan s
      join app.forge_repository r on r.tenant_id = s.tenant_id and r.repository_id = s.repository_id
      join app.forge_installation i on i.tenant_id = r.tenant_id and i.id = r.installation_id
    where s.tenant_id = ${tx.context.tenantId} and i.app_id = ${appId} and s.state in ('queued', 'running')
    order by s.id limit ${limits.jobCancelMax}`);
  return rows.map((row) => z.object({ id: scanIdSchema }).parse(row).id);
}

/** Ids that jobs of an App name: itself, its installations, its deliveries of the last while, scans that it is told of. */
export async function findIdsOfApp(tx: TenantTx, appId: ForgeAppId): Promise<readonly string[]> {
  const { tenantId } = tx.context;
  const rows = await tx.query(sql('forge.find-ids-of-app')`
    with installed as (select id from app.forge_installation where tenant_id = ${tenantId} and app_id = ${appId})
    select ${appId}::uuid as id
    union all select id from installed
    union all (select id from app.forge_delivery where tenant_id = ${tenantId} and app_id = ${appId} and handled_at is null
      order by received_at desc limit ${limits.forgeDeliveriesResumedMax})
    union all (select c.scan_id from app.change c join app.forge_repository r on r.tenant_id = c.tenant_id and r.repository_id = c.repository_id
      where c.tenant_id = ${tenantId} and r.installation_id in (select id from installed) order by c.scan_id desc limit ${limits.forgeDeliveriesResumedMax})`);
  return rows.map((row) => z.object({ id: z.uuid() }).parse(row).id);
}

const resumedSchema = z.object({ deliveries: z.array(z.uuid()), installations: z.array(z.uuid()) });

/** What is looked at again when an App is brought back: deliveries that nobody has handled, live installations. */
export async function findAppWork(tx: TenantTx, appId: ForgeAppId): Promise<z.infer<typeof resumedSchema>> {
  const { tenantId } = tx.context;
  const rows = await tx.query(sql('forge.find-app-work')`
    select array(select id from app.forge_delivery where tenant_id = ${tenantId} and app_id = ${appId} and handled_at is null
        and received_at > clock_timestamp() - interval '1 hour' order by received_at, id limit ${limits.forgeDeliveriesResumedMax}) as deliveries,
      array(select id from app.forge_installation where tenant_id = ${tenantId} and app_id = ${appId} and state = 'active'
        order by id limit ${limits.forgeInstallationsMax}) as installations`);
  return resumedSchema.parse(rows[0]);
}
