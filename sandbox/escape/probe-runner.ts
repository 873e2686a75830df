// Runs the probes behind the walls, in place of an analysis: the same launcher, the same lock, the same pipe.
import { readFileSync } from 'node:fs';
import { enterSandbox, readOrder } from '../run/enter-sandbox.ts';
import { writeLine } from '../run/write-line.ts';
import { runProbes, type ProbeTargets } from './escape-probes.ts';
import { stillWorks } from './still-works.ts';

const order = readOrder();
await enterSandbox(order);
const targets = JSON.parse(readFileSync(`${order.treeDirectory}/targets.json`, 'utf8')) as ProbeTargets;
const outcomes = { ...(await runProbes(targets)), ...(await stillWorks(order.treeDirectory)) };
for (const [path, detail] of Object.entries(outcomes))
  writeLine(JSON.stringify({ type: 'coverage', entry: { path, reason: 'unreadable', detail } }));
writeLine(JSON.stringify({ type: 'end' }));
process.exit(0);
