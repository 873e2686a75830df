import { z } from 'zod';
import { sql } from '@lib/platform/db';
import type { TenantTx } from '@lib/guard/tenancy';

const bytesSchema = z.instanceof(Uint8Array);
const subjectSchema = z.object({ id: z.uuid(), sealedKey: bytesSchema });
const detailSchema = z.object({ subjectId: z.uuid(), sealedKey: bytesSchema, sealed: bytesSchema });

/** The key of one person's detail, sealed under the tenant's key. */
export type SubjectKey = { readonly id: string; readonly sealedKey: Uint8Array };

export async function findSubject(tx: TenantTx, subject: string): Promise<SubjectKey | undefined> {
  const rows = await tx.query(sql('audit.subject-find')`
    select id, sealed_key as "sealedKey" from app.audit_subject where tenant_id = ${tx.context.tenantId} and subject = ${subject}`);
  return rows[0] === undefined ? undefined : subjectSchema.parse(rows[0]);
}

/** Keeps a new person's key; answers false when somebody else made one first. */
export async function addSubject(tx: TenantTx, subject: string, key: SubjectKey): Promise<boolean> {
  const rows = await tx.query(sql('audit.subject-add')`
    insert into app.audit_subject (tenant_id, id, subject, sealed_key)
    values (${tx.context.tenantId}, ${key.id}, ${subject}, ${key.sealedKey})
    on conflict (tenant_id, subject) do nothing returning 1 as added`);
  return rows.length === 1;
}

export async function addDetail(
  tx: TenantTx,
  eventId: string,
  detail: { readonly subjectId: string; readonly sealed: Uint8Array },
): Promise<void> {
  await tx.query(sql('audit.detail-add')`
    insert into app.audit_detail (tenant_id, event_id, subject_id, sealed)
    values (${tx.context.tenantId}, ${eventId}, ${detail.subjectId}, ${detail.sealed})`);
}

/** What is kept of one event, or nothing: it never had any, or its person was forgotten. */
export async function findDetail(tx: TenantTx, eventId: string) {
  const rows = await tx.query(sql('audit.detail-find')`
    select d.subject_id as "subjectId", s.sealed_key as "sealedKey", d.sealed
    from app.audit_detail d join app.audit_subject s on s.tenant_id = d.tenant_id and s.id = d.subject_id
    where d.tenant_id = ${tx.context.tenantId} and d.event_id = ${eventId}`);
  return rows[0] === undefined ? undefined : detailSchema.parse(rows[0]);
}

/** Destroys a person's key, and with it whatever it sealed; answers whether there was one. */
export async function removeSubject(tx: TenantTx, subject: string): Promise<boolean> {
  const rows = await tx.query(sql('audit.subject-remove')`
    delete from app.audit_subject where tenant_id = ${tx.context.tenantId} and subject = ${subject} returning 1 as gone`);
  return rows.length === 1;
}
