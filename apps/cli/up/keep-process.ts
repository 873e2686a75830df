import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { Fault, SECOND_MS } from '@lib/kernel';

const restartsMax = 20; // in a row, without having been ready in between
const restartDelayMsMax = 5 * SECOND_MS;
const readyMsMax = 60 * SECOND_MS; // a first start on a busy machine takes a few seconds
const stopMs = 10 * SECOND_MS;

/** A service of ours as a child process. `script` is a bundle; it says `{ ready: true, ... }` over IPC once it serves. */
export type ProcessPlan = {
  readonly name: string;
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
};

/** A kept process: when it dies it is started again, with a growing delay, until `stop`. */
export type KeptProcess = { readonly stop: () => Promise<void>; readonly ready: unknown; readonly pid: () => number | undefined };

type Watchers = { readonly onReady: (message: unknown) => void; readonly onDeath: (reason: string) => void };

/**
 * Starts a service, waits until it says that it is ready, and keeps it running.
 * Errors: Fault `up.service_failed` when the first start dies or does not get ready; later deaths are restarts.
 */
export async function keepProcess(plan: ProcessPlan): Promise<KeptProcess> {
  const state: { stopping: boolean; failures: number; child?: ChildProcess; timer?: NodeJS.Timeout } = { stopping: false, failures: 0 };
  const start = (watchers: Watchers): void => {
    state.child = launch(plan, watchers);
  };
  const welcome = (): void => {
    state.failures = 0;
  };
  const relaunch = (): void => {
    if (state.stopping || state.failures >= restartsMax) return;
    state.failures += 1;
    const delayMs = Math.min(restartDelayMsMax, 100 * 2 ** state.failures);
    state.timer = setTimeout(() => start({ onReady: welcome, onDeath: relaunch }), delayMs);
  };
  const ready = await new Promise<unknown>((resolve, reject) => {
    let isReady = false;
    const refuse = (reason: string): void => reject(failure(plan, reason));
    const late = setTimeout(() => {
      state.child?.kill('SIGKILL');
      refuse(`not ready after ${String(readyMsMax)} ms`);
    }, readyMsMax);
    start({
      onReady: (message) => {
        clearTimeout(late);
        isReady = true;
        resolve(message);
      },
      onDeath: (reason) => {
        clearTimeout(late);
        if (isReady) relaunch();
        else refuse(reason);
      },
    });
  });
  return {
    ready,
    pid: () => state.child?.pid,
    stop: async () => {
      state.stopping = true;
      clearTimeout(state.timer);
      await end(state.child);
    },
  };
}

// When this process is killed outright the channel closes, and the child ends itself in order: without a parent nobody reads its log and
// nobody will stop it. It is there before the service's own code, so that a start that is under way ends too; what hangs is killed.
const orphaned = `process.kill(process.pid,'SIGTERM');setTimeout(()=>process.kill(process.pid,'SIGKILL'),${String(stopMs)}).unref()`;
const lifeline = `data:text/javascript,process.on('disconnect',()=>{${orphaned}});process.channel?.unref()`;

function launch(plan: ProcessPlan, { onReady, onDeath }: Watchers): ChildProcess {
  const log = openSync(plan.logFile, 'a', 0o600);
  const child = spawn(process.execPath, ['--import', lifeline, '--enable-source-maps', plan.script], {
    env: plan.environment,
    stdio: ['ignore', log, log, 'ipc'],
    detached: true, // a Ctrl-C in the terminal reaches the supervisor, which stops everything in order
  });
  closeSync(log);
  let isDead = false;
  const die = (reason: string): void => {
    if (!isDead) onDeath(reason);
    isDead = true;
  };
  child.on('message', onReady);
  child.on('error', (error) => {
    if (child.pid === undefined) die(error.message); // else it is about a signal or the channel, and the exit tells
  });
  child.on('exit', (code, signal) => die(signal ?? `exit code ${String(code)}`));
  return child;
}

function failure(plan: ProcessPlan, reason: string): Fault {
  return new Fault('up.service_failed', {
    internal: `${plan.name}: ${reason}`,
    public: `${plan.name} did not start; its log is ${plan.logFile}`,
  });
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
