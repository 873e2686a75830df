import { z } from 'zod';
import { limits } from '@lib/contract';
import { sql } from '@lib/platform/db';
import type { TenantTx } from '@lib/guard/tenancy';

const witnessSchema = z.object({ id: z.uuid(), verifierKey: z.string(), url: z.string(), knownSize: z.int(), failures: z.int() });
const settingSchema = z.object({ witnessesMin: z.int(), unwitnessedMax: z.int() });
const cosignedSchema = z.object({ size: z.int(), checkpoint: z.string(), lines: z.array(z.string()), keys: z.array(z.string()) });
const takenSchema = z.object({ taken: z.boolean() });

/** A witness of a tenant's log. `knownSize`: of the checkpoint that it cosigned last, as far as we know. */
export type WitnessRow = z.infer<typeof witnessSchema>;
/** How many witnesses must have cosigned, and how many leaves the log may be ahead of them. */
export type WitnessSetting = z.infer<typeof settingSchema>;
/** A checkpoint with all the cosignatures that it has. */
export type CosignedCheckpoint = z.infer<typeof cosignedSchema>;
/** What a witness said of one checkpoint. `time` is its own, in seconds since 1970. */
export type NewCosignature = {
  readonly witnessId: string;
  readonly size: number;
  readonly checkpoint: string;
  readonly line: string;
  readonly time: bigint;
};

export async function insertWitness(tx: TenantTx, witness: Pick<WitnessRow, 'id' | 'verifierKey' | 'url'>): Promise<void> {
  await tx.query(sql('audit.witness-add')`
    insert into app.audit_witness (tenant_id, id, verifier_key, url)
    values (${tx.context.tenantId}, ${witness.id}, ${witness.verifierKey}, ${witness.url})`);
}

/** Removes a witness and what it said; answers whether it was there. */
export async function deleteWitness(tx: TenantTx, id: string): Promise<boolean> {
  const rows = await tx.query(sql('audit.witness-remove')`
    delete from app.audit_witness where tenant_id = ${tx.context.tenantId} and id = ${id} returning 1 as gone`);
  return rows.length === 1;
}

export async function listWitnesses(tx: TenantTx): Promise<readonly WitnessRow[]> {
  const rows = await tx.query(sql('audit.witness-list')`
    select id, verifier_key as "verifierKey", url, known_size as "knownSize", failures
    from app.audit_witness where tenant_id = ${tx.context.tenantId} order by created_at, id limit ${limits.auditWitnessesMax}`);
  return rows.map((row) => witnessSchema.parse(row));
}

export async function findWitnessSetting(tx: TenantTx): Promise<WitnessSetting | undefined> {
  const rows = await tx.query(sql('audit.witness-setting')`
    select witnesses_min as "witnessesMin", unwitnessed_max as "unwitnessedMax" from app.audit_setting where tenant_id = ${tx.context.tenantId}`);
  return rows[0] === undefined ? undefined : settingSchema.parse(rows[0]);
}

export async function saveWitnessSetting(tx: TenantTx, setting: WitnessSetting): Promise<void> {
  await tx.query(sql('audit.witness-require')`
    insert into app.audit_setting (tenant_id, witnesses_min, unwitnessed_max)
    values (${tx.context.tenantId}, ${setting.witnessesMin}, ${setting.unwitnessedMax})
    on conflict (tenant_id) do update set witnesses_min = excluded.witnesses_min, unwitnessed_max = excluded.unwitnessed_max`);
}

export async function deleteWitnessSetting(tx: TenantTx): Promise<void> {
  await tx.query(sql('audit.witness-waive')`delete from app.audit_setting where tenant_id = ${tx.context.tenantId}`);
}

/** Puts the tenant into the ring of those whose witnesses are to be asked. */
export async function askWitnessesSoon(tx: TenantTx): Promise<void> {
  await tx.query(sql('audit.witness-soon')`select ops.mark_ready('witness')`);
}

/** The same for later, by the database's clock. Units: ms. */
export async function askWitnessesLater(tx: TenantTx, afterMs: number): Promise<void> {
  await tx.query(sql('audit.witness-later')`
    select ops.mark_ready_at('witness', clock_timestamp() + ${afterMs}::double precision * interval '1 millisecond')`);
}

/** Takes the turn until the end of the transaction; false when another one has it. */
export async function beginWitnessTurn(tx: TenantTx): Promise<boolean> {
  const rows = await tx.query(sql('audit.witness-turn')`select ops.begin_turn('witness') as taken`);
  return takenSchema.parse(rows[0]).taken;
}

/** Keeps what a witness said; of each witness the newest `limits.auditCosignaturesKept`, because an older one follows from a newer. */
export async function saveCosignature(tx: TenantTx, { witnessId, size, checkpoint, line, time }: NewCosignature): Promise<void> {
  const { tenantId } = tx.context;
  await tx.query(sql('audit.cosignature-add')`
    with known as (
      update app.audit_witness w set known_size = greatest(w.known_size, ${size}::bigint), failures = 0
      where w.tenant_id = ${tenantId} and w.id = ${witnessId} returning w.id)
    insert into app.audit_cosignature (tenant_id, witness_id, size, checkpoint, line, witnessed_at)
    select ${tenantId}, known.id, ${size}, ${checkpoint}, ${line}, to_timestamp(${String(time)}::bigint) from known
    on conflict (tenant_id, witness_id, size) do nothing`);
  await tx.query(sql('audit.cosignature-trim')`
    delete from app.audit_cosignature c where c.tenant_id = ${tenantId} and c.witness_id = ${witnessId} and c.size < (
      select k.size from app.audit_cosignature k where k.tenant_id = ${tenantId} and k.witness_id = ${witnessId}
      order by k.size desc offset ${limits.auditCosignaturesKept - 1}::integer limit 1)`);
}

/** Notes that a witness did not cosign, and, where it told, the size that it knows. */
export async function noteWitnessFailure(tx: TenantTx, id: string, knownSize: number | undefined): Promise<void> {
  await tx.query(sql('audit.witness-failed')`
    update app.audit_witness set failures = least(failures + 1, 1000), known_size = coalesce(${knownSize ?? null}::bigint, known_size)
    where tenant_id = ${tx.context.tenantId} and id = ${id}`);
}

/** The newest checkpoint that at least so many witnesses have cosigned, or nothing. */
export async function findCosigned(tx: TenantTx, witnessesMin: number): Promise<CosignedCheckpoint | undefined> {
  const rows = await tx.query(sql('audit.cosigned')`
    select c.size, c.checkpoint, array_agg(c.line order by c.witness_id) as lines, array_agg(w.verifier_key order by c.witness_id) as keys
    from app.audit_cosignature c join app.audit_witness w on w.tenant_id = c.tenant_id and w.id = c.witness_id
    where c.tenant_id = ${tx.context.tenantId}
    group by c.size, c.checkpoint having count(*) >= ${witnessesMin} order by c.size desc limit 1`);
  return rows[0] === undefined ? undefined : cosignedSchema.parse(rows[0]);
}
