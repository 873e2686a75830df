import { setTimeout as sleep } from 'node:timers/promises';
import { startStack, type StackPlan, type Stack } from './start-stack.ts';

const lookMs = 500; // how late a dead database is noticed
const restartsMax = 20; // in a row; past this a person must look
const restartDelayMs = 1_000;

/** Stack that are started again when the database dies under them. `current` is what runs now. */
export type KeptStack = { readonly current: () => Stack; readonly stop: () => Promise<void> };

/**
 * Starts the services and keeps them: the API and the worker are restarted one by one, and when Postgres is killed everything is, on the
 * same address, with what was committed. Errors: those of the first start.
 */
export async function keepStack(plan: StackPlan): Promise<KeptStack> {
  let services = await startStack(plan);
  const fixed = { ...plan, port: services.port };
  const stopping = new AbortController();
  const watch = (async () => {
    for (let restarts = 0; restarts < restartsMax;) {
      if (!(await waited(lookMs, stopping.signal))) return;
      if (isAlive(services.databasePid)) continue;
      plan.say('PostgreSQL has died; starting it again ...');
      await services.stop().catch(() => undefined);
      try {
        services = await startStack(fixed);
        restarts = 0;
      } catch {
        restarts += 1;
        await waited(restartDelayMs, stopping.signal);
      }
    }
    plan.say('PostgreSQL could not be started again; its log is postgres.log in the data folder');
  })();
  return {
    current: () => services,
    stop: async () => {
      stopping.abort();
      await watch;
      await services.stop();
    },
  };
}

/** Waits; answers false when it is time to stop. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal }).catch(() => false);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
