// Runs probes behind the walls, in place of an analysis: the same launcher, the same lock, the same pipe.
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { enterSandbox, readOrder } from '../run/enter-sandbox.ts';
import { writeLine } from '../run/write-line.ts';
import { openProber } from './open-kit.ts';
import { runList, type ProbeList } from './run-list.ts';

const order = readOrder();
const prober = openProber(`${order.runtimeDirectory}/prober.node`);
const list = JSON.parse(readFileSync(`${order.treeDirectory}/probes.json`, 'utf8')) as ProbeList;
// analyzers that load with import() start the thread pool: its threads are there before the filter
await Promise.all(Array.from({ length: 16 }, () => stat(order.treeDirectory)));
if (list.phase === 'locked') await enterSandbox(order);
else writeLine(JSON.stringify({ type: 'locked', layers: claimed() })); // stage 1 alone: the supervisor is told a tale, as hostile code could
await runList(list, prober);
writeLine(JSON.stringify({ type: 'end' }));
process.exit(0);

function claimed() {
  const all = { noNewPrivileges: true, seccompStage1: true, seccompStage2: true, bubblewrap: true, unprivilegedUser: true, cgroup: true };
  return { launcher: 'native', landlockAbi: 1, ...all };
}
