// Runs probes in place of an unpacking, with a folder that may be filled. The list comes where the archive would: on standard input.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { enterSandbox, readUnpackerOrder } from '../run/enter-sandbox.ts';
import { writeLine } from '../run/write-line.ts';
import { openProber } from './open-kit.ts';
import { runList, type ProbeList } from './run-list.ts';

const order = readUnpackerOrder();
const prober = openProber(`${dirname(process.argv[1] ?? '')}/prober.node`);
await enterSandbox(order);
const { ids, targets } = JSON.parse(readFileSync(0, 'utf8')) as ProbeList;
await runList({ phase: 'filling', ids, targets: { ...targets, fill: order.targetDirectory } }, prober);
writeLine(JSON.stringify({ type: 'end' }));
process.exit(0);
