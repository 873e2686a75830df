import type { ClosingView, closeTenant as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import { cancelWork, enqueueJob } from '@lib/guard/jobs';
import { stopAllScans } from '@lib/guard/scans';
import type { TenantTx } from '@lib/guard/tenancy';
import type { Call } from '@lib/platform/http';
import type { ClosingDeps } from '../closing-deps.ts';
import { beginClosing, endElevations, endSessions, findTenantToClose, lockOpenTenant } from '../closing.store.ts';

/** Why an account is not closed. */
export type TenantStays = { readonly code: 'tenant.not_open' | 'tenant.name_differs' | 'tenant.evidence_held' };

/**
 * Closes the account, softly: from the commit on no token, session, code, invitation, passkey or webhook opens anything, but for owners who
 * may still keep it; scans and their jobs are cancelled, staff is out. The job that makes it final is in the same transaction and due in
 * five minutes by the database's clock. Rows of scans are taken before the tenant's, as handlers do. Errors: `TenantStays`.
 */
export function closeTenant(
  deps: ClosingDeps,
  { caller, body, slot }: Pick<Call<typeof route>, 'caller' | 'body' | 'slot'>,
): Promise<Result<ClosingView, TenantStays>> {
  return deps.tenancy.withTenant(caller, 'close the account', async (tx) => {
    const { name, evidenceHeld } = await findTenantToClose(tx);
    if (name !== body.name) return err({ code: 'tenant.name_differs' });
    if (evidenceHeld) return err({ code: 'tenant.evidence_held' });
    const before = await stopAllScans(deps, tx, 'tenant.closing');
    if (!(await lockOpenTenant(tx))) return err({ code: 'tenant.not_open' });
    const scans = before + (await stopAllScans(deps, tx, 'tenant.closing')); // and those that began before the lock
    const value = { state: 'closing', closesAt: await beginClosing(tx) } as const;
    await shutOut(deps, tx, scans);
    await enqueueJob(tx, 'tenant.close', { tenantId: caller.tenantId }, deps.ids, value.closesAt);
    await keepAnswer(tx, slot, { status: 202, value });
    return ok(value);
  });
}

async function shutOut(deps: ClosingDeps, tx: TenantTx, scans: number): Promise<void> {
  const [jobs, elevations] = [await cancelWork(tx), await endElevations(tx)];
  await endSessions(tx);
  for (const { id, before } of elevations) {
    const targets = [{ type: 'elevation', id }];
    await recordAudit(tx, { action: 'operator.revoked', targets, outcome: 'success', detail: { before } }, deps);
  }
  const targets = [{ type: 'tenant', id: tx.context.tenantId }];
  const detail = { scans, jobs, elevations: elevations.length };
  await recordAudit(tx, { action: 'tenant.closing', targets, outcome: 'success', detail }, deps);
}
