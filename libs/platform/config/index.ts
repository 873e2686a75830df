export { readApiSettings, readEnvironment, readWorkerSettings } from './read-settings.ts';
export type { ApiSettings, KeysSetting, ObjectsSetting, WorkerSettings } from './settings.ts';
