export type { TenantTx, TenantContext, Row } from './tenant-tx.ts';
export { openTenancy, type Tenancy } from './open-tenancy.ts';
export { openIdentity, type Identity, type Credential, type SpentCode } from './identity.store.ts';
export { readyTurns, ringTurns, claimAuditEpoch, type Ring, type Turn } from './ring.store.ts';
export { openJobPass, scanIsOver, type JobTicket } from './job-pass.store.ts';
export type { CompanyLogin, OpenedProvider, SpentState } from './company-login.store.ts';
export type { CiTrust } from './workflow-login.store.ts';
export { openElevation, type OpenElevation } from './elevation-pass.store.ts';
export { openStaffLogin, type StaffLogin } from './staff-login.store.ts';
export { openStaffDesk, type StaffDesk, type StaffSelf, type WantedElevation } from './staff.store.ts';
export { inviteFirstStaff, operatorPass, rotateProofKey } from './operator-pass.ts';
export { keysToDestroy, noteKeyDestroyed, type KeyOrder } from './key-orders.store.ts';
export { noPass } from './renewed-pass.ts';
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
