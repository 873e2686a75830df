export { readApiSettings, readEnvironment, readWorkerSettings } from './read-settings.ts';
export type { ApiSettings, WorkerSettings } from './settings.ts';
