// The same probes with no wall at all: where these do not succeed, failing inside proves nothing.
import { writeSync } from 'node:fs';
import { runProbes } from './escape-probes.ts';

const targets = JSON.parse(process.argv[2] ?? 'null');
writeSync(1, JSON.stringify(await runProbes(targets)));
process.exit(0);
