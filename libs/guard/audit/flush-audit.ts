import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '@lib/contract';
import { type Result, err, ok } from '@lib/kernel';
import type { Tenancy, TenantContext } from '@lib/guard/tenancy';
import { countPending } from './audit-outbox.store.ts';
import type { Sequencer } from './start-sequencer.ts';

/** `sequencer` is poked when it runs in this process. Units: ms. */
export type FlushOptions = { readonly tenancy: Tenancy; readonly sequencer?: Pick<Sequencer, 'poke'>; readonly waitMsMax?: number };

/**
 * Waits until every event that this tenant had committed has its place in the log. Other writers may keep it waiting.
 * Errors: `audit.flush_timeout` after `limits.auditFlushMsMax`, with what is still pending.
 */
export async function flushAudit(
  options: FlushOptions,
  context: TenantContext,
): Promise<Result<void, { readonly code: 'audit.flush_timeout'; readonly pending: number }>> {
  const waitMsMax = options.waitMsMax ?? limits.auditFlushMsMax;
  for (let waitedMs = 0, stepMs = 10; ; stepMs = Math.min(stepMs * 2, limits.auditPollMs)) {
    const pending = await options.tenancy.withTenantOnce(context, 'audit.flush', countPending);
    if (pending === 0) return ok(undefined);
    if (waitedMs >= waitMsMax) return err({ code: 'audit.flush_timeout', pending });
    options.sequencer?.poke();
    await sleep(stepMs);
    waitedMs += stepMs;
  }
}
