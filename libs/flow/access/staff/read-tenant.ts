import type { AccessScope, ElevationId } from '@lib/contract';
import { err, Fault, ok, type Result } from '@lib/kernel';
import type { TenantTx } from '@lib/guard/tenancy';
import {
  findTenantFacts,
  listFindingFacts,
  listJobFacts,
  listPackFacts,
  listRepositoryFacts,
  listScanFacts,
  noteRead,
} from './read-tenant.store.ts';
import type { StaffCaller, StaffDeps } from './staff-deps.ts';

/** No elevation of this login is active for this, or none that reaches as far. */
export type NotElevated = { readonly code: 'staff.not_elevated' };

const readers = {
  metadata: async (tx: TenantTx) => {
    const [repositories, scans, jobs] = await Promise.all([listRepositoryFacts(tx), listScanFacts(tx), listJobFacts(tx)]);
    return { repositories, scans, jobs };
  },
  findings: async (tx: TenantTx) => ({ findings: await listFindingFacts(tx) }),
  evidence: async (tx: TenantTx) => ({ packs: await listPackFacts(tx) }),
} as const;

/** What staff can look at. */
export type TenantPart = keyof typeof readers;

const reach: Readonly<Record<AccessScope, readonly TenantPart[]>> = {
  metadata: ['metadata'],
  findings: ['metadata', 'findings'],
  evidence: ['metadata', 'findings', 'evidence'],
};

/**
 * Reads a part of a tenant by an elevation. The note of the read is an entry of the tenant's log in the same transaction, and the answer
 * leaves after its commit. Whether anything shows is the database's decision at each row. Errors: `staff.not_elevated`.
 */
export async function readTenant(
  deps: StaffDeps,
  caller: StaffCaller,
  { elevationId, part }: { readonly elevationId: ElevationId; readonly part: TenantPart },
): Promise<Result<unknown, NotElevated>> {
  const opened = await deps.open({ sessionHash: caller.hash, elevationId });
  const own = (await deps.desk.elevations(caller.hash)).find(({ id }) => id === elevationId);
  // nothing is noted as read that could not have been seen
  if (opened === undefined || own === undefined || !reach[own.scope].includes(part)) return err({ code: 'staff.not_elevated' });
  const { tenantId, personId, expiresAt, pass } = opened;
  const context = { tenantId, actor: { type: 'staff', id: personId }, pass } as const;
  const reading = deps.tenancy.withTenant(context, 'read by a ticket', async (tx) => {
    const [, tenant, found] = await Promise.all([noteRead(tx, part), findTenantFacts(tx), readers[part](tx)]);
    if (tenant === undefined) return err({ code: 'staff.not_elevated' } as const);
    return ok({ tenant: { id: tenantId, ...tenant }, expiresAt, ...found });
  });
  return reading.catch((error: unknown) => {
    // it ended between the two: the note was refused, and with it the transaction
    if (error instanceof Fault && error.code === 'db.forbidden') return err({ code: 'staff.not_elevated' } as const);
    throw error;
  });
}
