export { identityModule } from './identity.module.ts';
export { endReusedSession } from './end-reused-session/end-reused-session.ts';
export { leaveMember, type LeaveMemberDeps } from './leave-member/leave-member.ts';
export type { IdentityDeps } from './identity-deps.ts';
export { bootstrapTenant, type BootstrapDeps, type Bootstrapped } from './bootstrap-tenant/bootstrap-tenant.ts';
