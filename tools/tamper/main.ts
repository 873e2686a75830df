// Attacks on exported audit logs: a list of deliberate ones through our checker and the one that ships in each export, and flipped
// bits over entries, tiles, checkpoint, proofs and key. `npm run test:tamper [-- FLIPS]`. Ends with `N passed, N failed`.
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';
import { pythonChecker } from './python-checker.ts';
import { ownChecker, runAttacks, runFlips, type Checker, type Outcome } from './run-tamper.ts';

const flips = Number(process.argv[2] ?? '10000');
const say = (line: string): void => void process.stdout.write(`${line}\n`);
let [passed, failed] = [0, 0];

if (!Number.isSafeInteger(flips) || flips < 0) {
  say('usage: npm run test:tamper [-- FLIPS]');
  process.exitCode = 2;
} else await main();

async function main(): Promise<void> {
  await attack('aegis', ownChecker);
  const python = findProgram('python3');
  // it does not read the views, which are derived
  if (python === undefined) say('peer absent: `python3`; the checker that ships in an export was not attacked');
  else
    await attack('verify_audit.py', pythonChecker(python, join(dirname(fileURLToPath(import.meta.url)), 'verify_audit.py')), [
      'a row of the table',
      'a line of the JSON',
    ]);
  const startMs = Date.now();
  const result = await runFlips(flips, tell);
  passed += result.passed;
  failed += result.failed;
  say(
    `${String(flips)} flipped bits in ${String(Date.now() - startMs)} ms: ${String(result.passed)} found and named, ${String(result.failed)} not`,
  );
  say(`${String(passed)} passed, ${String(failed)} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

async function attack(checker: string, check: Checker, unread: readonly string[] = []): Promise<void> {
  say(`${checker}:`);
  for (const outcome of await runAttacks(check)) {
    if (unread.some((name) => outcome.name.startsWith(name))) continue;
    tell(outcome);
    if (outcome.passed) passed += 1;
    else failed += 1;
  }
}

function tell({ name, passed: isGood, said }: Outcome): void {
  say(`  ${isGood ? 'ok  ' : 'FAIL'} ${name}: ${said}`);
}

function findProgram(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(existsSync);
}
