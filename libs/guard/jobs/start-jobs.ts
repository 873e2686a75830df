import { z } from 'zod';
import { Fault, type Clock } from '@lib/kernel';
import { jobIdSchema, tenantIdSchema } from '@lib/contract';
import { openTenancy } from '@lib/guard/tenancy';
import type { Database } from '@lib/platform/db';
import type { JobQueue } from '@lib/platform/queue';
import { describeError, type Log } from '@lib/platform/telemetry';
import { defaultJobSettings, type JobSettings } from './job-settings.ts';
import { runDispatcher } from './run-dispatcher.ts';
import { runJob, type RunDeps } from './run-job.ts';
import type { JobAlarm, JobHandlers, OnDead } from './running-job.ts';

export type JobsOptions = {
  /** Pool of the role `aegis_worker`. */
  readonly database: Database;
  /** Pool of the role `aegis_dispatch`, which says whose turn it is. */
  readonly dispatch: Database;
  readonly queue: JobQueue;
  readonly handlers: JobHandlers;
  /** Names this worker in what its transactions write. */
  readonly workerId: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly onDead: OnDead;
  readonly onAlarm: (alarm: JobAlarm) => void;
  /** The queue said something that waiting will not cure; the process should end. */
  readonly onFatal: (fault: Fault) => void;
  readonly settings?: Partial<JobSettings>;
};

/** `poke`: jobs were written in this process, look now. `stop` waits for running jobs, then tells them to stop. */
export type Jobs = { readonly poke: () => void; readonly stop: () => Promise<void> };

const entrySchema = z.object({ tenantId: tenantIdSchema, jobId: jobIdSchema, attempt: z.coerce.number().int(), ticket: z.string() });

/** Starts a dispatcher and a worker. Several processes may do so on one database and one queue. */
export async function startJobs(options: JobsOptions): Promise<Jobs> {
  const settings: JobSettings = { ...defaultJobSettings, ...options.settings };
  const stopping = new AbortController();
  let running = 0;
  const deps: RunDeps = {
    ...options,
    settings,
    tenancy: openTenancy(options.database),
    contextOf: ({ tenantId, pass }) => ({ tenantId, actor: { type: 'worker', id: options.workerId }, pass }),
    stopping: stopping.signal,
  };
  const dispatcher = runDispatcher({ ...deps, ...options, settings, running: () => running });
  const worker = await options.queue
    .work({ concurrency: settings.concurrency, leaseMs: settings.leaseMs, onFatal: options.onFatal }, async (entry) => {
      const job = entrySchema.parse(entry.data);
      running += 1;
      dispatcher.noteStart();
      try {
        await runJob(deps, job);
      } catch (error) {
        options.log.warn('job.run_failed', { jobId: job.jobId, ...describeError(error) }); // the row is looked at again when its lease has run out
      } finally {
        running -= 1;
        dispatcher.poke();
      }
    })
    .catch(async (error: unknown) => {
      await dispatcher.stop();
      throw error;
    });
  return {
    poke: dispatcher.poke,
    stop: async () => {
      await dispatcher.stop();
      const timer = setTimeout(() => {
        stopping.abort(new Fault('job.stopped', { internal: 'the worker is stopping' }));
      }, settings.stopMs);
      await worker.close();
      clearTimeout(timer);
    },
  };
}
