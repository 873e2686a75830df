/** The queue as this process sees it: what waits for anybody, what runs here. */
export type Window = {
  readonly waiting: number;
  readonly running: number;
  readonly concurrency: number;
  readonly windowFactor: number;
};

/**
 * How many jobs to hand over now. The queue holds at most `windowFactor * concurrency` jobs of ours, so that who goes next is decided
 * late; a few slots are let gather first, so that one look at the ring fills several. Waiting for them delays nobody: more jobs
 * than this process can run are still before it.
 */
export function slotsToFill(window: Window): number {
  const size = window.windowFactor * window.concurrency;
  const free = size - window.waiting - window.running;
  const gather = Math.max(1, Math.ceil((size - window.concurrency) / 2));
  return free >= gather ? free : 0;
}

/** Deals slots to the tenants in ring order, one each, and again from the front while any are left. Pure and exact: no slot is lost. */
export function shareSlots<T>(tenants: readonly T[], slots: number): readonly { readonly tenant: T; readonly quota: number }[] {
  const seated = tenants.slice(0, Math.max(0, slots));
  const each = seated.length === 0 ? 0 : Math.floor(slots / seated.length);
  const over = seated.length === 0 ? 0 : slots % seated.length;
  return seated.map((tenant, index) => ({ tenant, quota: each + (index < over ? 1 : 0) }));
}
