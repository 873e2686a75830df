import type { TenantId } from '@lib/contract';

/** Counts live views per tenant in this process. `enter` answers false when the tenant has its share already. */
export type StreamCounter = {
  readonly enter: (tenantId: TenantId, until: AbortSignal) => boolean;
  readonly open: (tenantId: TenantId) => number;
};

/** Makes a counter. A view leaves when its signal aborts, which every connection's does at its end, whatever ends it. */
export function streamCounter(perTenantMax: number): StreamCounter {
  const counts = new Map<TenantId, number>();
  const open = (tenantId: TenantId): number => counts.get(tenantId) ?? 0;
  const leave = (tenantId: TenantId): void => {
    const left = open(tenantId) - 1;
    if (left > 0) counts.set(tenantId, left);
    else counts.delete(tenantId);
  };
  return {
    open,
    enter: (tenantId, until) => {
      if (until.aborted || open(tenantId) >= perTenantMax) return false;
      counts.set(tenantId, open(tenantId) + 1);
      until.addEventListener('abort', () => leave(tenantId), { once: true });
      return true;
    },
  };
}
