import type { AlarmView, acknowledgeAlarm as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { acknowledgeAlarm as closeAlarm, findAlarm } from '@lib/guard/evidence';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import type { EvidenceDeps } from '../evidence-deps.ts';

/** Why an alarm stays as it is. */
export type NotAcknowledged = { readonly code: 'alarm.human_required' | 'alarm.not_found' | 'alarm.already_acknowledged' };

/**
 * Acknowledges an alarm. Only a session does: a token is a machine, and a machine that closes alarms would close those that its thief
 * causes. Nothing else changes: the next read of the same evidence raises the next alarm.
 * Errors: `alarm.human_required`, `alarm.not_found`, `alarm.already_acknowledged`.
 */
export async function acknowledgeAlarm(
  deps: EvidenceDeps,
  { caller, params, slot }: Pick<Call<typeof route>, 'caller' | 'params' | 'slot'>,
): Promise<Result<AlarmView, NotAcknowledged>> {
  const { alarmId } = params;
  return deps.tenancy.withTenant(caller, 'acknowledge an alarm', async (tx) => {
    if ((await findAlarm(tx, alarmId)) === undefined) return err({ code: 'alarm.not_found' });
    if (caller.credential.kind !== 'session') return err({ code: 'alarm.human_required' });
    const alarm = await closeAlarm(tx, alarmId, `${caller.actor.type} ${caller.actor.id}`);
    if (alarm === undefined) return err({ code: 'alarm.already_acknowledged' });
    const targets = [
      { type: 'alarm', id: alarm.id },
      { type: 'evidence_pack', id: alarm.packId },
    ];
    const detail = { kind: alarm.kind, reason: alarm.reason, times: alarm.times };
    await recordAudit(tx, { action: 'alarm.acknowledged', targets, outcome: 'success', detail }, deps);
    await keepAnswer(tx, slot, { status: 200, value: alarm });
    return ok(alarm);
  });
}
