// A hostile tenant against a migrated database and the running API: catalogue, sessions with arbitrary SQL, the proof of the tenant,
// queue entries, HTTP, sealed objects. One line a probe. `npm run test:isolation [-- --mutants] [-- --storm N]`: with `--mutants` each
// wall is taken away in turn and the probe meant for it must see that; with `--storm` so many statements of mixed tenants run over a
// small pool while backends are cancelled and killed. Ends with `N passed, N failed`.
import { parseArgs } from 'node:util';
import setup from '../testing/database-server.ts';
import { requirePeer } from '../testing/require-peer.ts';
import type { Outcome } from './probe.ts';
import { probeApi, probeDatabase, probeLint, runMutants, tellWaiting } from './run-suite.ts';
import { runStorm } from './storm.ts';

const options = { mutants: { type: 'boolean', default: false }, storm: { type: 'string', default: '20000' } } as const;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
let [passed, failed] = [0, 0];

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const wishes = parse(argv);
  if (wishes === undefined) {
    say('usage: npm run test:isolation [-- --mutants] [-- --storm STATEMENTS]');
    return 2;
  }
  const stop = await setup();
  try {
    await probeDatabase(tell);
    await probeApi(tell);
    await probeLint(tell);
    tellWaiting(say);
    for (const outcome of await runStorm(wishes.storm)) tell(outcome);
    const pooler = requirePeer('pgbouncer', 'Debian: pgbouncer');
    if (pooler !== undefined) for (const outcome of await runStorm(wishes.storm, { pooler })) tell(outcome);
    if (wishes.mutants) await runMutants(tell);
  } finally {
    await stop();
  }
  say(`${String(passed)} passed, ${String(failed)} failed`);
  return failed === 0 ? 0 : 1;
}

function tell({ name, found }: Outcome): void {
  if (found.length === 0) passed += 1;
  else failed += 1;
  say(`${found.length === 0 ? 'ok  ' : 'FAIL'} ${name.replaceAll(/\s+/gu, ' ')}${found.map((line) => `\n       ${line}`).join('')}`);
}

function parse(argv: readonly string[]): { readonly mutants: boolean; readonly storm: number } | undefined {
  try {
    const { values } = parseArgs({ args: [...argv], options });
    const storm = Number(values.storm);
    return Number.isSafeInteger(storm) && storm >= 0 ? { mutants: values.mutants, storm } : undefined;
  } catch {
    return undefined;
  }
}
