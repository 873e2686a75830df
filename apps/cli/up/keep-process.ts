import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { Fault, SECOND_MS } from '@lib/kernel';

const restartsMax = 20; // in a row, without having been ready in between
const restartDelayMsMax = 5 * SECOND_MS;
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

type KeptState = { stopping: boolean; failures: number; child?: ChildProcess; timer?: NodeJS.Timeout };

/**
 * Starts a service, waits until it says that it is ready, and keeps it running.
 * Errors: Fault `up.service_failed` when the first start dies; later deaths are restarts.
 */
export async function keepProcess(plan: ProcessPlan): Promise<KeptProcess> {
  const state: KeptState = { stopping: false, failures: 0 };
  const launch = (onReady: (message: unknown) => void, onDeath: (code: string) => void): void => {
    const log = openSync(plan.logFile, 'a', 0o600);
    const child = spawn(process.execPath, ['--enable-source-maps', plan.script], {
      env: plan.environment,
      stdio: ['ignore', log, log, 'ipc'],
      detached: false,
    });
    closeSync(log);
    state.child = child;
    child.on('message', (message) => {
      state.failures = 0;
      onReady(message);
    });
    child.on('error', (error) => onDeath(error.message));
    child.on('exit', (code, signal) => onDeath(signal ?? `exit code ${String(code)}`));
  };
  const relaunch = (): void => {
    if (state.stopping || state.failures >= restartsMax) return;
    state.failures += 1;
    state.timer = setTimeout(() => launch(ignore, relaunch), Math.min(restartDelayMsMax, 100 * 2 ** state.failures));
  };
  const ready = await new Promise<unknown>((resolve, reject) => {
    let settled = false;
    launch(
      (message) => {
        settled = true;
        resolve(message);
      },
      (reason) => {
        if (settled) relaunch();
        else
          reject(
            new Fault('up.service_failed', {
              internal: `${plan.name} ended: ${reason}`,
              public: `${plan.name} did not start; its log is ${plan.logFile}`,
            }),
          );
      },
    );
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

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child?.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

function ignore(): void {
  // a restarted service needs no second welcome
}
