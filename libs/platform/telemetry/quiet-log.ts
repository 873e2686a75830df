import type { Clock } from '@lib/kernel';
import type { EventName } from './event-name.ts';
import type { LogFields } from './log-fields.ts';
import type { Log } from './open-log.ts';

/**
 * Says each event at most once per `everyMs`; the next line tells how many were held back. For events that a failing peer repeats:
 * a queue that is down must not fill the disk. Units: ms.
 */
export function quietLog(log: Log, clock: Clock, everyMs: number): Log {
  const spoken = new Map<EventName, { sinceMs: number; heldBack: number }>();
  const quiet =
    (write: Log['info']): Log['info'] =>
    (event, fields) => {
      const last = spoken.get(event);
      const nowMs = clock.nowMs();
      if (last !== undefined && nowMs - last.sinceMs < everyMs) {
        last.heldBack += 1;
        return;
      }
      spoken.set(event, { sinceMs: nowMs, heldBack: 0 }); // keys are event names in the source, so the map is small
      write(event, withHeldBack(fields, last?.heldBack ?? 0));
    };
  return { info: quiet(log.info), warn: quiet(log.warn), error: quiet(log.error) };
}

function withHeldBack(fields: LogFields | undefined, heldBack: number): LogFields {
  return heldBack === 0 ? (fields ?? {}) : { ...fields, heldBack };
}
