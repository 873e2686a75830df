import type { JobId } from '@lib/contract';
import { completeAtOnce } from '../../../tools/testing/jobs.ts';
import type { RunningJob } from './index.ts';

/** A handler that holds every job until it is let go. */
export function turnstile() {
  const held = new Map<JobId, () => void>();
  return {
    held,
    handler: async (job: RunningJob, tenancy: Parameters<typeof completeAtOnce>[1]) => {
      await new Promise<void>((resolve, reject) => {
        held.set(job.id, resolve);
        job.signal.addEventListener('abort', () => reject(job.signal.reason instanceof Error ? job.signal.reason : new Error('aborted')));
      }).finally(() => held.delete(job.id));
      await completeAtOnce(job, tenancy);
    },
    letGo: () => {
      const letGo = [...held.values()];
      held.clear();
      for (const resolve of letGo) resolve();
      return letGo.length;
    },
  };
}
