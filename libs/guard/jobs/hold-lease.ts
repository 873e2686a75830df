import { Fault, type Clock } from '@lib/kernel';

export type LeaseOptions = {
  readonly renew: () => Promise<'held' | 'cancelled' | 'lost'>;
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly abort: (reason: Fault) => void;
};

/**
 * Renews a lease until released. Aborts with `job.cancelled` when the job was cancelled, with `job.lease_lost` when another worker
 * may have it: the row says so, or no renewal has come through for a whole lease.
 */
export function holdLease(options: LeaseOptions): { readonly release: () => void } {
  let heldAtMs = options.clock.nowMs();
  let timer: NodeJS.Timeout | undefined;
  let released = false;
  const beat = async (): Promise<void> => {
    const answer = await options.renew().catch(() => (options.clock.nowMs() - heldAtMs < options.leaseMs ? 'unknown' : 'lost'));
    if (released) return;
    if (answer === 'held') heldAtMs = options.clock.nowMs();
    if (answer === 'cancelled' || answer === 'lost') options.abort(reasons[answer]());
    else schedule();
  };
  const schedule = (): void => {
    timer = setTimeout(() => void beat(), options.heartbeatMs);
  };
  schedule();
  return {
    release: () => {
      released = true;
      clearTimeout(timer);
    },
  };
}

const reasons = {
  cancelled: () => new Fault('job.cancelled', { internal: 'the job was cancelled while it ran' }),
  lost: () => new Fault('job.lease_lost', { internal: 'the lease was not renewed in time' }),
} as const;
