export { readApiSettings, readEnvironment, readWorkerSettings } from './read-settings.ts';
export type { ApiSettings, FargateSetting, KeysSetting, ObjectsSetting, WorkerSettings } from './settings.ts';
