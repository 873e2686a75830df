// The same probes with no wall at all: where these do not succeed, failing inside proves nothing.
import { writeSync } from 'node:fs';
import { runProbes, type ProbeTargets } from './escape-probes.ts';

const targets = JSON.parse(process.argv[2] ?? 'null') as ProbeTargets;
writeSync(1, JSON.stringify(await runProbes(targets)));
process.exit(0);
