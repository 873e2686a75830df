import type { JobId } from '@lib/contract';
import { completeAtOnce } from '../../../tools/testing/jobs.ts';
import type { RunningJob } from './index.ts';

/** A handler that holds every job until it is let go: those of the moment, or from now on all. */
export function turnstile() {
  let open = false;
  const held = new Map<JobId, () => void>();
  const letGo = (): number => {
    const going = [...held.values()];
    held.clear();
    for (const resolve of going) resolve();
    return going.length;
  };
  return {
    held,
    handler: async (job: RunningJob, tenancy: Parameters<typeof completeAtOnce>[1]) => {
      await new Promise<void>((resolve, reject) => {
        if (open) resolve();
        else held.set(job.id, resolve);
        job.signal.addEventListener('abort', () => reject(job.signal.reason instanceof Error ? job.signal.reason : new Error('aborted')));
      }).finally(() => held.delete(job.id));
      await completeAtOnce(job, tenancy);
    },
    letGo,
    open: () => {
      open = true;
      letGo();
    },
  };
}
