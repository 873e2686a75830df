export { connectModule } from './connect.module.ts';
export type { ConnectDeps } from './connect-deps.ts';
