import { type TenantId, limits, tenantIdSchema } from '@lib/contract';
import type { Clock } from '@lib/kernel';

/** Lines that were dropped, and between which instants. Units: ms since the Unix epoch. */
type Loss = { readonly lines: number; readonly fromMs: number; readonly untilMs: number };

/** What was dropped of the lines that name a tenant, until that tenant's log says so. */
export type LostLines = {
  /**
   * Takes a tenant's loss off the count, or nothing while there is nothing to tell: nothing was lost, or lines are still being dropped
   * and the first of these is younger than `limits.telemetryTellMs`.
   */
  readonly take: (tenantId: TenantId) => Loss | undefined;
  /** Puts back what could not be told. */
  readonly putBack: (tenantId: TenantId, loss: Loss) => void;
};

/** Counts dropped lines: all of them until lines arrive again, and each tenant's until it is told. */
type LossCount = LostLines & {
  readonly lose: (line: string) => void;
  /** Lines arrive again: answers what was dropped meanwhile, of all tenants and none. */
  readonly end: () => Loss | undefined;
};

/** Counts in memory, for so many tenants at most; a line of one more counts among all, and in no tenant's log. */
export function countLosses(clock: Clock): LossCount {
  const byTenant = new Map<TenantId, Loss>();
  let all: Loss | undefined;
  const putBack = (tenantId: TenantId, loss: Loss): void => {
    if (byTenant.has(tenantId) || byTenant.size < limits.telemetryTenantsMax) byTenant.set(tenantId, merged(byTenant.get(tenantId), loss));
  };
  return {
    putBack,
    lose: (line) => {
      const nowMs = clock.nowMs();
      const one = { lines: 1, fromMs: nowMs, untilMs: nowMs };
      all = merged(all, one);
      const tenantId = tenantOf(line);
      if (tenantId !== undefined) putBack(tenantId, one);
    },
    take: (tenantId) => {
      const loss = byTenant.get(tenantId);
      if (loss === undefined || (all !== undefined && clock.nowMs() - loss.fromMs < limits.telemetryTellMs)) return undefined;
      byTenant.delete(tenantId);
      return loss;
    },
    end: () => {
      const ended = all;
      all = undefined;
      return ended;
    },
  };
}

function merged(known: Loss | undefined, more: Loss): Loss {
  if (known === undefined) return more;
  return {
    lines: known.lines + more.lines,
    fromMs: Math.min(known.fromMs, more.fromMs),
    untilMs: Math.max(known.untilMs, more.untilMs),
  };
}

function tenantOf(line: string): TenantId | undefined {
  const named = /"tenantId":"([0-9a-f-]{36})"/u.exec(line)?.[1]; // a quotation mark inside of a value is escaped, so this is a field
  return tenantIdSchema.safeParse(named).data;
}
