export { identityModule } from './identity.module.ts';
export type { IdentityDeps } from './identity-deps.ts';
export { bootstrapTenant, type BootstrapDeps, type Bootstrapped } from './bootstrap-tenant/bootstrap-tenant.ts';
