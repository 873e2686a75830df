// The same probes with no wall at all: where these do not succeed, failing inside proves nothing. Two arguments: the list, the prober.
import { readFileSync } from 'node:fs';
import { runList, type ProbeList } from './run-list.ts';
import { writeWhole } from './write-whole.ts';

const [listPath = '', proberPath = ''] = process.argv.slice(2);
const list = JSON.parse(readFileSync(listPath, 'utf8')) as ProbeList;
await runList(list, proberPath, (id, outcome) => writeWhole(1, JSON.stringify([id, outcome])));
process.exit(0);
