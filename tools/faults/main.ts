// Kills the worker, the API or Postgres with SIGKILL in the middle of a scan, again and again, and looks at what is left:
// one end state for each scan, no finding twice, no audit event lost. `npm run test:faults [-- TRIALS [VICTIM]]`.
// All the while somebody asks the API for what the log must have.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDataFolder } from '../../apps/cli/up/data-folder.ts';
import { keepStack } from '../../apps/cli/up/keep-stack.ts';
import { runTrial, victims, type Trial } from './run-trial.ts';
import { keepLoad } from './keep-load.ts';
import { readLedger } from './read-ledger.ts';

const checkout = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const trials = Number(process.argv[2] ?? '20');
const chosen = victims.filter((victim) => process.argv[3] === undefined || victim === process.argv[3]);
if (chosen.length === 0) {
  process.stderr.write(`unknown: ${String(process.argv[3])}; there are: ${victims.join(', ')}\n`);
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'aegis-faults-'));
chmodSync(folder, 0o755); // else, as root, the database lies elsewhere and stays there
const data = await openDataFolder(folder);
const source = join(checkout, 'vuln-saas');
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const services = await keepStack({ checkout, data, port: undefined, allowedFolders: [source], say: (line) => say(`  ${line}`) });
const load = keepLoad(services);
const results: Trial[] = [];
let summary = 'the trials did not come to their end';
process.exitCode = 1;
try {
  const baseline = await runTrial({ services, source, logs: data.logs, victim: undefined, delayMs: 0, findingsExpected: undefined });
  say(`baseline: ${baseline.state}, ${String(baseline.findings)} findings in ${String(baseline.ms)} ms`);
  for (let index = 0; index < trials; index++) {
    const victim = chosen[index % chosen.length];
    // spread over the whole scan and a little past its end; the same delays in every run
    const delayMs = Math.round(((index * 0.618) % 1) * baseline.ms * 1.1);
    const trial = await runTrial({ services, source, logs: data.logs, victim, delayMs, findingsExpected: baseline.findings });
    results.push(trial);
    const verdict = trial.problems.length === 0 ? 'ok  ' : 'FAIL';
    say(
      `${verdict} ${String(index + 1).padStart(2)} kill -9 ${String(victim).padEnd(8)} at ${String(delayMs).padStart(5)} ms: ${trial.state}, whole again after ${String(trial.ms)} ms ${trial.problems.join('; ')}`,
    );
  }
  const asked = await load.stop();
  const ledger = await readLedger(services.current(), results.concat(baseline), asked);
  for (const problem of ledger) say(`FAIL ${problem}`);
  const bad = results.filter((trial) => trial.problems.length > 0).length;
  const failed = bad + ledger.length;
  process.exitCode = failed === 0 && results.length > 0 ? 0 : 1;
  summary = `${String(results.length)} trials, ${String(results.length - bad)} passed, ${String(bad)} failed; audit log ${ledger.length === 0 ? 'whole' : 'BROKEN'}; ${String(asked.answered)} of ${String(asked.asked)} questions answered meanwhile; slowest start ${String(Math.max(0, ...results.map((trial) => trial.backMs ?? 0)))} ms, slowest recovery ${String(Math.max(0, ...results.map((trial) => trial.ms)))} ms`;
} finally {
  await load.stop();
  await services.stop();
  rmSync(folder, { recursive: true, force: true });
  say(summary);
}
