import { z } from 'zod';
import {
  type AlarmId,
  type AlarmView,
  type FindingId,
  type PackId,
  alarmKindSchema,
  alarmIdSchema,
  findingIdSchema,
  instantSchema,
  packIdSchema,
} from '@lib/contract';
import { sql } from '@lib/platform/db';
import type { Row, TenantTx } from '@lib/guard/tenancy';

/** What was found not to be as it was sealed. */
export type AlarmDraft = {
  readonly id: AlarmId;
  readonly kind: AlarmView['kind'];
  readonly reason: string;
  readonly packId: PackId;
  readonly findingId: FindingId | undefined;
};

/** Raises an alarm, or counts one more sight of the open alarm of this pack and kind. */
export async function raiseAlarm(tx: TenantTx, alarm: AlarmDraft): Promise<void> {
  await tx.query(sql('evidence.raise-alarm')`
    insert into app.alarm as a (tenant_id, id, kind, reason, pack_id, finding_id)
    values (${tx.context.tenantId}, ${alarm.id}, ${alarm.kind}, ${alarm.reason}, ${alarm.packId}, ${alarm.findingId ?? null})
    on conflict (tenant_id, pack_id, kind) where acknowledged_at is null
    do update set seen_at = now(), times = least(a.times + 1, 2000000000), finding_id = coalesce(a.finding_id, excluded.finding_id)`);
}

/** Alarms, newest first, from before `before` on, one more than asked for. */
export async function listAlarms(
  tx: TenantTx,
  page: { readonly open: boolean; readonly before: AlarmId | undefined; readonly limit: number },
): Promise<readonly AlarmView[]> {
  const rows = await tx.query(sql('evidence.list-alarms')`
    select id, kind, reason, pack_id, finding_id, raised_at, seen_at, times, acknowledged_at, acknowledged_by from app.alarm
    where tenant_id = ${tx.context.tenantId} and (not ${page.open}::boolean or acknowledged_at is null)
      and (${page.before ?? null}::uuid is null or id < ${page.before ?? null}::uuid)
    order by id desc limit ${page.limit + 1}`);
  return rows.map(alarmOf);
}

/** One alarm; undefined when the tenant has no such alarm. */
export async function findAlarm(tx: TenantTx, id: AlarmId): Promise<AlarmView | undefined> {
  const rows = await tx.query(sql('evidence.find-alarm')`
    select id, kind, reason, pack_id, finding_id, raised_at, seen_at, times, acknowledged_at, acknowledged_by
    from app.alarm where tenant_id = ${tx.context.tenantId} and id = ${id}`);
  return rows[0] === undefined ? undefined : alarmOf(rows[0]);
}

/** Closes an open alarm and answers it as it is then; undefined when it is not open. */
export async function acknowledgeAlarm(tx: TenantTx, id: AlarmId, by: string): Promise<AlarmView | undefined> {
  const rows = await tx.query(sql('evidence.acknowledge-alarm')`
    update app.alarm set acknowledged_at = now(), acknowledged_by = ${by}
    where tenant_id = ${tx.context.tenantId} and id = ${id} and acknowledged_at is null
    returning id, kind, reason, pack_id, finding_id, raised_at, seen_at, times, acknowledged_at, acknowledged_by`);
  return rows[0] === undefined ? undefined : alarmOf(rows[0]);
}

const rowSchema = z.object({
  id: alarmIdSchema,
  kind: alarmKindSchema,
  reason: z.string(),
  pack_id: packIdSchema,
  finding_id: findingIdSchema.nullable(),
  raised_at: instantSchema,
  seen_at: instantSchema,
  times: z.int(),
  acknowledged_at: instantSchema.nullable(),
  acknowledged_by: z.string().nullable(),
});

function alarmOf(given: Row): AlarmView {
  const row = rowSchema.parse(given);
  return {
    id: row.id,
    kind: row.kind,
    reason: row.reason,
    packId: row.pack_id,
    findingId: row.finding_id,
    raisedAt: row.raised_at,
    seenAt: row.seen_at,
    times: row.times,
    acknowledgedAt: row.acknowledged_at,
    acknowledgedBy: row.acknowledged_by,
  };
}
