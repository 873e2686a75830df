export type { TenantTx, TenantContext, Row } from './tenant-tx.ts';
export { openTenancy, type Tenancy } from './open-tenancy.ts';
export { openIdentity, type Identity, type Credential, type SpentCode } from './identity.store.ts';
export { readyTenants, ringTenants, claimAuditEpoch, type Ring } from './ring.store.ts';
