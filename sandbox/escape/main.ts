// `npm run test:escape [-- --short] [-- --mutants] [-- --update]`: every probe behind every combination of walls that this machine offers.
import { allProbes } from './all-probes.ts';
import { readCallTable, writeCallTable } from './call-table.ts';
import { checkCombination, passed, type Check, type Reviewed } from './check-combination.ts';
import { checkControl } from './check-control.ts';
import { findOffered } from './find-offered.ts';
import { combinations } from './combinations.ts';
import { openStage } from './open-stage.ts';
import { sweepId, sweepProbe, sweptNumbers } from './sweep.ts';
import { sweepAll } from './sweep-all.ts';
import { tryBare } from './try-bare.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const requireAll = process.env['AEGIS_REQUIRE_ALL'] === '1';
  const stage = await openStage();
  if (stage === undefined) {
    say('not offered by this machine: x64, or gcc to compile the machine code of the probes');
    say(`0 passed, ${requireAll ? '1' : '0'} failed`);
    return requireAll ? 1 : 0;
  }
  try {
    const bareIds = [
      ...allProbes.map((probe) => probe.id),
      ...sweptNumbers.filter((number) => sweepProbe(number, false) !== undefined).map(sweepId),
    ];
    const bare = await tryBare(stage, bareIds);
    const offered = await findOffered(stage);
    if (args.includes('--update')) writeCallTable(await sweepAll(stage, bare));
    const reviewed: Reviewed = { table: readCallTable(), bare };
    const control = checkControl(bare);
    const all: Check[] = [...control.checks];
    tell(control.checks);
    const { shown, lacking } = combinations(offered);
    for (const combination of shown) {
      const checks = await checkCombination(stage, combination, reviewed);
      tell(checks);
      all.push(...checks);
    }
    say('');
    for (const text of control.alike) say(`same with and without walls here  ${text}`);
    for (const lack of lacking) say(`not offered by this machine       ${lack}`);
    const failed = all.filter((check) => !passed(check)).length + (requireAll ? lacking.length : 0);
    say(`${String(all.length - all.filter((check) => !passed(check)).length)} passed, ${String(failed)} failed`);
    return failed === 0 ? 0 : 1;
  } finally {
    stage.close();
  }
}

// A line a probe and combination; numbers of the sweep only where they are not as reviewed, and how many were.
function tell(checks: readonly Check[]): void {
  const swept = checks.filter(({ id }) => id.startsWith('call/'));
  for (const check of checks) if (!swept.includes(check) || !passed(check)) say(lineOf(check));
  for (const where of new Set(swept.map((check) => check.where))) {
    const here = swept.filter((check) => check.where === where);
    say(`ok   ${where.padEnd(42)} ${String(here.filter(passed).length)} of ${String(here.length)} call numbers as reviewed`);
  }
}

function lineOf(check: Check): string {
  const end = passed(check) ? check.got : `${check.got}, not ${check.expected}`;
  return `${passed(check) ? 'ok  ' : 'FAIL'} ${check.where.padEnd(42)} ${check.id.padEnd(46)} ${end}`.trimEnd();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
