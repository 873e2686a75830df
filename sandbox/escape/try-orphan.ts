import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Stage } from './open-stage.ts';
import type { Outcome } from './probe.ts';
import { startLists, type Host } from './run-lists.ts';

const pollMs = 50;
const patienceMs = 20_000;
const stages = 2;
const spinningTicks = 100; // hundredths of a second of work; to start and lock takes a third of that

/** Kills a supervisor with SIGKILL in the middle of an endless run: `ends` when the sandbox goes with it. Nothing is left behind in either case. */
export async function tryOrphan(stage: Stage, host: Host): Promise<Outcome> {
  const mark = `${host.runtimeDirectory ?? stage.runtimeDirectory}/runner.mjs`;
  const { child } = startLists(stage, host, [{ phase: 'locked', ids: ['ending: spin'] }]);
  const started = await until(() => processesWith(mark).some(isSpinning));
  child.kill('SIGKILL');
  if (!started) return 'did not start';
  const ended = await until(() => processesWith(mark).length === 0);
  for (const { pid } of processesWith(mark)) process.kill(pid, 'SIGKILL');
  return ended ? 'ends' : 'outlives';
}

// Node itself, not bubblewrap that names it in its arguments; past the lock, and long past its last word to the supervisor.
function isSpinning({ pid, argv }: Found): boolean {
  if (argv[1]?.startsWith('--max-old-space-size') !== true) return false;
  const filters = Number(/^Seccomp_filters:\s*(\d+)$/mu.exec(textOf(pid, 'status'))?.[1] ?? '0');
  const userTicks = Number(
    textOf(pid, 'stat')
      .replace(/^.*\) /u, '')
      .split(' ')[11] ?? '0',
  );
  return filters >= stages && userTicks > spinningTicks;
}

async function until(isSo: () => boolean): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += pollMs) {
    if (isSo()) return true;
    await pause(pollMs);
  }
  return false;
}

type Found = { readonly pid: number; readonly argv: readonly string[] };

function processesWith(mark: string): readonly Found[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map((name) => ({ pid: Number(name), argv: textOf(Number(name), 'cmdline').split('\u0000') }))
    .filter(({ argv }) => argv.includes(mark));
}

function textOf(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${String(pid)}/${name}`, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}
