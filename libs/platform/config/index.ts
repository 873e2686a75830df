export { readApiSettings, readEnvironment, readShredderSettings, readStaffSettings, readWorkerSettings } from './read-settings.ts';
export type {
  ApiSettings,
  FargateSetting,
  GithubSettings,
  KeysSetting,
  MailSetting,
  ObjectsSetting,
  ShredderSettings,
  StaffSettings,
  WorkerSettings,
} from './settings.ts';
