export type { TenantTx, TenantContext, Row } from './tenant-tx.ts';
export { openTenancy, type Tenancy } from './open-tenancy.ts';
export { openIdentity, type Identity, type Credential, type SpentCode } from './identity.store.ts';
export { readyTenants, ringTenants, claimAuditEpoch, type Ring } from './ring.store.ts';
export {
  extendLogs,
  findLogsTree,
  listLogsLeaves,
  movedLogs,
  type LogsExtension,
  type LogsLeaf,
  type LogsTree,
  type MovedLog,
} from './audit-logs.store.ts';
