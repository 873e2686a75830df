import { readFileSync, writeFileSync } from 'node:fs';
import minimist from 'minimist';

const { _: files, out = 'statement.csv' } = minimist(process.argv.slice(2));
const rows = files.flatMap((file) => JSON.parse(readFileSync(file, 'utf8')));

writeFileSync(out, rows.map((row) => [row.number, row.cents].join(';')).join('\n'));
