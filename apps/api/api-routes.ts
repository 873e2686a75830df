import * as contract from '@lib/contract';
import type { Route } from '@lib/contract';

/** Every endpoint of the API, in the order of its documentation. A route that no controller handles fails the tests. */
export const apiRoutes: readonly Route[] = [
  contract.getTenant,
  contract.listTokens,
  contract.createToken,
  contract.revokeToken,
  contract.startSession,
  contract.endSession,
  contract.listRepositories,
  contract.createRepository,
  contract.getRepository,
  contract.listScans,
  contract.createScan,
  contract.getScan,
  contract.cancelScan,
  contract.streamScan,
  contract.listJobs,
  contract.listFindings,
  contract.getFinding,
  contract.listAlarms,
  contract.acknowledgeAlarm,
  contract.holdEvidence,
  contract.releaseEvidence,
  contract.extendEvidence,
  contract.listAuditEntries,
  contract.getAuditHead,
  contract.verifyAudit,
  contract.getHealth,
  contract.getReady,
];
