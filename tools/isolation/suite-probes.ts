import { planProbes } from './plan-probes.ts';
import { poolProbes } from './pool-probes.ts';
import type { Probe } from './probe.ts';
import { proofProbes } from './proof-probes.ts';
import { queueProbes } from './queue-probes.ts';
import { sessionProbes } from './session-probes.ts';
import type { Target } from './session-target.ts';
import { staffProbes } from './staff-probes.ts';

/** Every attack on the database from a session of a log-in role. */
export const ofSession: readonly Probe<Target>[] = [
  ...sessionProbes,
  ...planProbes,
  ...poolProbes,
  ...proofProbes,
  ...queueProbes,
  ...staffProbes,
];
