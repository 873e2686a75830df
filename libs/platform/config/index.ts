export { readApiSettings, readEnvironment, readStaffSettings, readWorkerSettings } from './read-settings.ts';
export type {
  ApiSettings,
  FargateSetting,
  GithubSettings,
  KeysSetting,
  ObjectsSetting,
  StaffSettings,
  WorkerSettings,
} from './settings.ts';
