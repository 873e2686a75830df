// `npm test [-- STEP...] [--verbose]`: every check that this machine can run, cheapest first, and what it could not.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { absentPeers } from './find-peers.ts';
import { runStep, type Outcome } from './run-step.ts';
import { steps, type Step } from './steps.ts';

const root = join(import.meta.dirname, '../..');
const requireAll = process.env['AEGIS_REQUIRE_ALL'] === '1';
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => !arg.startsWith('-'));
  const unknown = names.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length > 0) {
    console.error(`no such step: ${unknown.join(', ')}; there are ${steps.map(({ name }) => name).join(', ')}`);
    return 2;
  }
  const startMs = Date.now();
  const picked = steps.filter((step) => names.length === 0 || names.includes(step.name));
  const failed = await runAll(picked.filter(isPresent), args.includes('--verbose'));
  const lacking = tellPeers();
  const verdict = stop.signal.aborted ? 'stopped' : failed.length === 0 ? 'all steps passed' : `failed: ${failed.join(', ')}`;
  console.log(`\n${verdict} in ${duration(Date.now() - startMs)}`);
  return failed.length > 0 || lacking || stop.signal.aborted ? 1 : 0;
}

// Two at a time while each takes one core; the first failure lets what runs come to its end and starts nothing more.
async function runAll(queue: readonly Step[], verbose: boolean): Promise<readonly string[]> {
  const failed: string[] = [];
  const running = new Set<Promise<void>>();
  let coresInUse = 0;
  for (const step of queue) {
    while (coresInUse + step.cores > 2) await Promise.race(running);
    if (failed.length > 0 || stop.signal.aborted) break;
    coresInUse += step.cores;
    const run: Promise<void> = runStep(root, step, stop.signal).then((outcome) => {
      coresInUse -= step.cores;
      running.delete(run);
      if (!tellStep(step, outcome, verbose)) failed.push(step.name);
    });
    running.add(run);
  }
  await Promise.all(running);
  return failed;
}

function isPresent({ only }: Step): boolean {
  return only === undefined || only.some((path) => existsSync(join(root, path)));
}

function tellStep(step: Step, outcome: Outcome, verbose: boolean): boolean {
  const skipped = outcome.tests?.skipped ?? 0;
  const figures = outcome.tests === undefined ? '' : `${outcome.tests.total - skipped} tests${skipped > 0 ? `, ${skipped} SKIPPED` : ''}`;
  console.log(
    `${outcome.passed ? 'ok  ' : 'FAIL'}  ${step.name.padEnd(10)} ${duration(outcome.durationMs).padStart(9)}  ${figures}`.trimEnd(),
  );
  if (!outcome.passed || verbose) console.log(outcome.output.trimEnd());
  return outcome.passed;
}

/** Says what was not there to test against; answers whether that is a failure. */
function tellPeers(): boolean {
  const absent = absentPeers();
  if (absent.length > 0) console.log('\nnot on this machine, so not shown by this run:');
  for (const { name, why } of absent) console.log(`  ${name.padEnd(13)} ${why}`);
  const missing = absent.filter(({ required }) => required);
  if (!requireAll || missing.length === 0) return false;
  console.log(`AEGIS_REQUIRE_ALL=1 and absent: ${missing.map(({ name }) => name).join(', ')}`);
  return true;
}

function duration(ms: number): string {
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}
