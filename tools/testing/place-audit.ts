import type { TenantId } from '@lib/contract';
import { claimAuditEpoch, openTenancy } from '@lib/guard/tenancy';
import { closeDatabase, openDatabase } from '@lib/platform/db';
import type { AskWitness } from '@lib/platform/witness';
import { askWitnesses, type WitnessRound } from '../../libs/guard/audit/ask-witnesses.ts';
import { extendLogOfLogs } from '../../libs/guard/audit/extend-log-of-logs.ts';
import { sequenceTenant } from '../../libs/guard/audit/sequence-tenant.ts';
import type { TestApi } from './api.ts';

/** What the worker does for the audit log of a test's API, when the test wants it and not otherwise. */
export type AuditPlacing = {
  /** Gives every event that waits its place, and takes the new heads into the log of logs. */
  readonly place: (...tenants: readonly TenantId[]) => Promise<void>;
  readonly askWitnesses: (ask: AskWitness, tenantId: TenantId) => Promise<WitnessRound | undefined>;
  readonly close: () => Promise<void>;
};

/** Opens it. Call `close` before that of the API. */
export function auditPlacing(api: Pick<TestApi, 'database' | 'keyring'>): AuditPlacing {
  const database = openDatabase({ url: api.database.urls.aegis_audit, poolMax: 2, applicationName: 'placing-test' });
  const deps = { tenancy: openTenancy(database), keys: { kms: api.keyring, host: 'audit.test' } };
  return {
    place: async (...tenants) => {
      const epoch = await claimAuditEpoch(database);
      for (const tenantId of tenants) {
        for (let more = true; more;) ({ more } = await sequenceTenant(deps, { tenantId, pass: api.database.pass(tenantId), epoch }));
      }
      await extendLogOfLogs({ database, keys: deps.keys }, epoch);
    },
    askWitnesses: (ask, tenantId) => askWitnesses({ ...deps, ask }, { tenantId, pass: api.database.pass(tenantId) }),
    close: () => closeDatabase(database),
  };
}
