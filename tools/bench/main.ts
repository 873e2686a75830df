import { parseArgs } from 'node:util';
import type { Figure } from './figure.ts';
import { bench as api } from './api.bench.ts';
import { bench as audit } from './audit.bench.ts';
import { bench as evidence } from './evidence.bench.ts';
import { bench as exporting } from './export.bench.ts';
import { bench as imports } from './import.bench.ts';
import { bench as ingest } from './ingest.bench.ts';
import { bench as sandbox } from './sandbox.bench.ts';
import { bench as sast } from './sast.bench.ts';
import { bench as sastJava } from './sast-java.bench.ts';
import { bench as scheduler } from './scheduler.bench.ts';
import { bench as secrets } from './secrets.bench.ts';
import { bench as tenancy } from './tenancy.bench.ts';
import { bench as unpack } from './unpack.bench.ts';

/** The benches by name, in the order in which they run. */
const benches = new Map<string, (size: { readonly entries: number }) => Promise<readonly Figure[]>>([
  ['tenancy', tenancy],
  ['ingest', ingest],
  ['import', imports],
  ['api', api],
  ['scheduler', scheduler],
  ['audit', audit],
  ['evidence', evidence],
  ['export', exporting],
  ['sandbox', sandbox],
  ['unpack', unpack],
  ['secrets', secrets],
  ['sast', sast],
  ['sast-java', sastJava],
]);

const entriesDefault = '100000'; // of the export that is measured

/** `npm run bench -- NAME... [--entries N]`: one JSON line a figure; exit code 1 when a goal is missed, 2 when a name is unknown. */
async function main(args: readonly string[]): Promise<number> {
  const { values, positionals: names } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { entries: { type: 'string', default: entriesDefault } },
  });

  const unknown = names.filter((name) => !benches.has(name));
  if (unknown.length > 0) {
    process.stderr.write(`unknown: ${unknown.join(', ')}; there are: ${[...benches.keys()].join(', ')}\n`);
    return 2;
  }
  let missed = 0;
  for (const [name, run] of benches) {
    if (names.length > 0 && !names.includes(name)) continue;
    for (const figure of await run({ entries: Number(values.entries) })) {
      process.stdout.write(`${JSON.stringify(figure)}\n`);
      if (!figure.ok) missed += 1;
    }
  }
  return missed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
