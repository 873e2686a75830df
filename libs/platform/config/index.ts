export { readApiSettings, readEnvironment, readShredderSettings, readStaffSettings, readWorkerSettings } from './read-settings.ts';
export type {
  ApiSettings,
  FargateSetting,
  GithubSettings,
  KeysSetting,
  ObjectsSetting,
  ShredderSettings,
  StaffSettings,
  WorkerSettings,
} from './settings.ts';
