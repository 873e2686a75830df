/** The queue as this process sees it: what waits for anybody, what runs here. */
export type Window = {
  readonly waiting: number;
  readonly running: number;
  readonly concurrency: number;
  readonly windowFactor: number;
};

/**
 * How many jobs to hand over now. The queue holds at most `windowFactor * concurrency` jobs of ours, so that who goes next is decided
 * late. Slots are let gather until no more than `concurrency` jobs are left, so that one look at the ring fills several: nobody waits
 * for that, since every worker of this process still has a job.
 */
export function slotsToFill(window: Window): number {
  const size = window.windowFactor * window.concurrency;
  const free = size - window.waiting - window.running;
  const gather = Math.max(1, size - window.concurrency);
  return free >= gather ? free : 0;
}

/**
 * How many jobs wait, when the queue was counted anew. What has left it and not begun here may be on its way to a slot of this process that
 * is free: taken for gone, its slot would be filled twice, and who comes next would wait behind that. Nobody is held up by an entry
 * that another process took: with nothing in the queue, no more than the free slots of this process are believed to be spoken for.
 */
export function waitingNow({ counted, believed, running, concurrency }: Counted): number {
  const onTheWayMax = Math.max(0, concurrency - running);
  return counted + Math.min(onTheWayMax, Math.max(0, believed - counted));
}

/** `counted`: what the queue says. `believed`: what this process handed over and has not seen begin. */
export type Counted = { readonly counted: number; readonly believed: number; readonly running: number; readonly concurrency: number };

/**
 * Deals slots to the tenants in ring order, `quantum` at a time, and again from the front while any are left. Exact: no slot is lost,
 * and nobody gets more than `quantum` more than another who was dealt to.
 */
export function shareSlots<T>(
  tenants: readonly T[],
  slots: number,
  quantum: number,
): readonly { readonly tenant: T; readonly quota: number }[] {
  const perRound = tenants.length * quantum;
  if (perRound === 0 || slots <= 0) return [];
  const [full, over] = [Math.floor(slots / perRound) * quantum, slots % perRound];
  const shares = tenants.map((tenant, index) => ({ tenant, quota: full + Math.min(quantum, Math.max(0, over - index * quantum)) }));
  return shares.filter((share) => share.quota > 0);
}
