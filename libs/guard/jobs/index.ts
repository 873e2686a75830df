export { enqueueJob } from './enqueue-job.ts';
export { completeJob } from './complete-job.ts';
export { cancelJobs } from './cancel-jobs.ts';
export { selectJobs, selectJob } from './jobs.store.ts';
export { startJobs, type Jobs, type JobsOptions } from './start-jobs.ts';
export { defaultJobSettings, type JobSettings } from './job-settings.ts';
export type { RunningJob, JobHandlers, DeadJob, OnDead, JobAlarm } from './running-job.ts';
