export { readApiSettings, readEnvironment, readWorkerSettings } from './read-settings.ts';
export type { ApiSettings, FargateSetting, GithubSettings, KeysSetting, ObjectsSetting, WorkerSettings } from './settings.ts';
