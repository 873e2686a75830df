import type { Probe } from './probe.ts';
import { bombs } from './probes/bombs.ts';
import { checkedArguments } from './probes/checked-arguments.ts';
import { entries } from './probes/entries.ts';
import { killedCalls } from './probes/killed-calls.ts';
import { nodeFiles } from './probes/node-files.ts';
import { nodeNetwork } from './probes/node-network.ts';
import { nodeProcesses } from './probes/node-processes.ts';
import { refusedCalls } from './probes/refused-calls.ts';
import { surroundings } from './probes/surroundings.ts';

/** Every probe, in an order that works where nothing stops them. */
export const allProbes: readonly Probe[] = [
  ...surroundings,
  ...nodeNetwork,
  ...nodeProcesses,
  ...nodeFiles,
  ...refusedCalls,
  ...checkedArguments,
  ...killedCalls,
  ...entries,
  ...bombs,
];
