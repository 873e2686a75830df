// `npm run test:escape [-- --mutants] [-- --short] [-- --update]`: every probe behind every combination of walls that this machine offers,
// or each wall taken away in turn; `--short` does what `npm test` does, `--update` writes the table of calls for review,
// `--only TEXT` takes the combinations, or the mutants, whose name holds the text.
import { writeCallTable } from './call-table.ts';
import { checkCombination } from './check-combination.ts';
import { passed, type Check } from './check.ts';
import { checkControl } from './check-control.ts';
import { allMutants, checkCrowd, checkMutants, shownMutants, type MutantResult } from './check-mutants.ts';
import { combinations } from './combinations.ts';
import { findClosedDoors, findOffered } from './find-offered.ts';
import { callCrowds } from './mutants/call-mutants.ts';
import { openStage, type Stage } from './open-stage.ts';
import { review } from './review.ts';
import { sweepAll } from './sweep-all.ts';

const requireAll = process.env['AEGIS_REQUIRE_ALL'] === '1';
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const stage = await openStage();
  if (stage === undefined) {
    say('not offered by this machine: x64, or gcc to compile the machine code of the probes');
    say(`0 passed, ${requireAll ? '1' : '0'} failed`);
    return requireAll ? 1 : 0;
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stage.close();
      process.exit(1);
    });
  }
  try {
    const short = args.includes('--short');
    const only = args[args.indexOf('--only') + 1] ?? '';
    const picked = { short, only: args.includes('--only') ? only : '' };
    return await (args.includes('--mutants') ? mutants(stage, picked) : probes(stage, { ...picked, update: args.includes('--update') }));
  } finally {
    stage.close();
  }
}

type Picked = { readonly short: boolean; readonly only: string };

async function probes(stage: Stage, { short, only, update }: Picked & { readonly update: boolean }): Promise<number> {
  const reviewed = await review(stage);
  const table = update ? await sweepAll(stage, reviewed.bare) : reviewed.table;
  if (update) writeCallTable(table);
  const { checks, alike } = checkControl(reviewed.bare);
  const all: Check[] = [...checks];
  tell(checks);
  const { shown, lacking } = combinations(await findOffered(stage));
  for (const combination of (short ? shown.slice(0, 1) : shown).filter(({ name }) => name.includes(only))) {
    const found = await checkCombination(stage, combination, { ...reviewed, table, ...(short ? { deaths: 'in the runner' } : {}) });
    tell(found);
    all.push(...found);
  }
  say('');
  for (const text of alike) say(`same with and without walls here  ${text}`);
  for (const lack of lacking) say(`not offered by this machine       ${lack}`);
  const failed = all.filter((check) => !passed(check)).length;
  return conclude(all.length - failed, failed + (requireAll ? lacking.length : 0), 'passed');
}

async function mutants(stage: Stage, { short, only }: Picked): Promise<number> {
  const { shown, lacking } = combinations(await findOffered(stage));
  const closed = await findClosedDoors(stage);
  const picked = shownMutants(allMutants, shown, closed).filter((mutant) => (mutant.short || !short) && mutant.id.includes(only));
  const results = [...(await checkMutants(stage, picked, tellMutant))];
  for (const crowd of short && only === '' ? callCrowds : []) {
    const found = await checkCrowd(stage, crowd);
    found.forEach(tellMutant);
    results.push(...found);
  }
  const count = (verdict: MutantResult['verdict']): number => results.filter((result) => result.verdict === verdict).length;
  say('');
  say(`${String(count('equivalent'))} equivalent, each with its reason; ${String(count('wrong'))} that do not show what they should`);
  for (const lack of lacking) say(`not offered by this machine       ${lack}`);
  for (const probe of closed) say(`not offered by this kernel        the door of ${probe}`);
  return conclude(count('killed'), count('survived') + count('wrong') + (requireAll ? lacking.length : 0), 'killed');
}

function conclude(good: number, bad: number, word: 'passed' | 'killed'): number {
  say(`${String(good)} ${word}, ${String(bad)} ${word === 'passed' ? 'failed' : 'survived'}`);
  return bad === 0 ? 0 : 1;
}

function tellMutant({ mutant, base, got, verdict }: MutantResult): void {
  const mark = verdict === 'killed' ? 'ok  ' : verdict === 'equivalent' ? 'same' : 'FAIL';
  const found = verdict === 'equivalent' ? (mutant.equivalent ?? '') : `${base} -> ${got}`;
  say(`${mark} ${mutant.id.padEnd(46)} ${mutant.probe.padEnd(44)} ${found}`.trimEnd());
}

// A line a probe and combination; numbers of the sweep only where they are not as reviewed, and how many were.
function tell(checks: readonly Check[]): void {
  const swept = new Set(checks.filter(({ id }) => id.startsWith('call/')));
  for (const check of checks) if (!swept.has(check) || !passed(check)) say(lineOf(check));
  for (const where of new Set([...swept].map((check) => check.where))) {
    const here = [...swept].filter((check) => check.where === where);
    const good = here.filter(passed).length;
    say(`${good === here.length ? 'ok  ' : 'FAIL'} ${where.padEnd(42)} ${String(good)} of ${String(here.length)} call numbers as reviewed`);
  }
}

function lineOf(check: Check): string {
  const end = passed(check) ? check.got : `${check.got}, not ${check.expected}`;
  return `${passed(check) ? 'ok  ' : 'FAIL'} ${check.where.padEnd(42)} ${check.id.padEnd(46)} ${end}`.trimEnd();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
