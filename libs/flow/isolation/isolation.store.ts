import { z } from 'zod';
import { limits, tenantIdSchema } from '@lib/contract';
import { SECOND_MS } from '@lib/kernel';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const decoySchema = z.object({
  decoy_id: tenantIdSchema,
  repository_id: z.uuid(),
  scan_id: z.uuid(),
  finding_id: z.uuid(),
  canary: z.string(),
  planted: z.int(),
});

/** A tenant that is there to be looked for. `planted`: rows of it, counted as itself. */
export type Decoy = z.infer<typeof decoySchema>;

/** Begins a run, unless one began less than a while ago: one statement, so that of two at once one goes on. */
export async function takeTurn(tx: TenantTx): Promise<boolean> {
  const rows = await tx.query(sql('isolation.take-turn')`
    insert into app.isolation_probe as p (tenant_id) values (${tx.context.tenantId})
    on conflict (tenant_id) do update set began_at = clock_timestamp()
      where p.began_at < clock_timestamp() - make_interval(secs => ${limits.isolationProbeEveryMs / SECOND_MS})
    returning 1 as taken`);
  return rows.length === 1;
}

export async function findDecoy(tx: TenantTx): Promise<Decoy> {
  const rows = await tx.query(
    sql('isolation.decoy')`select decoy_id, repository_id, scan_id, finding_id, canary, planted from ops.isolation_decoy()`,
  );
  return decoySchema.parse(rows[0]);
}

export async function saveNote(tx: TenantTx, note: string): Promise<void> {
  await tx.query(sql('isolation.save')`update app.isolation_probe set note = ${note} where tenant_id = ${tx.context.tenantId}`);
}

export async function findNote(tx: TenantTx): Promise<string | undefined> {
  const rows = await tx.query(sql('isolation.note')`select note from app.isolation_probe where tenant_id = ${tx.context.tenantId}`);
  return z.object({ note: z.string().nullable() }).optional().parse(rows[0])?.note ?? undefined;
}
