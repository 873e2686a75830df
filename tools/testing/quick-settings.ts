/** Short enough for a test to see every recovery, long enough for a busy machine not to cause one. Units: ms. */
export const quickSettings = {
  leaseMs: 2_000,
  heartbeatMs: 50,
  requeueMs: 2_000,
  pollMs: 20,
  backoffMs: 5,
  backoffMsMax: 20,
  stopMs: 100,
} as const;
