export { openForge } from './open-forge.ts';
export { githubReach, openGithub } from './open-github.ts';
export type { ClientDeps } from './open-client.ts';
export type {
  AppForge,
  CheckAnnotation,
  CheckConclusion,
  CheckUpdate,
  ConvertedManifest,
  Forge,
  ForgeApp,
  ForgeComparison,
  ForgeInstallation,
  ForgePermissions,
  ForgePull,
  ForgeRefusal,
  ForgeRepository,
  ForgeRight,
  ForgeRights,
  RepositoryForge,
} from './forge.ts';
