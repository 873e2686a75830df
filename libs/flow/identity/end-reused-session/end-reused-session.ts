import { recordAudit } from '@lib/guard/audit';
import type { Credential, TenantContext } from '@lib/guard/tenancy';
import type { IdentityDeps } from '../identity-deps.ts';
import { endSessionRow } from '../identity.store.ts';

/** A credential whose secret was used after another had followed it. */
export type ReusedCredential = Pick<Credential, 'tenantId' | 'subjectId' | 'pass'>;

/**
 * Ends a session of which two have a secret: one of them is not whose it is. Its secrets were revoked when that was seen; here it is
 * written down, as an event of the tenant's log that says from where.
 */
export function endReusedSession(
  deps: Pick<IdentityDeps, 'tenancy' | 'clock' | 'ids'>,
  { tenantId, subjectId, pass }: ReusedCredential,
  request: Pick<TenantContext, 'requestId' | 'client'>,
): Promise<void> {
  const context: TenantContext = { tenantId, pass, ...request, actor: { type: 'session', id: subjectId } };
  return deps.tenancy.withTenant(context, 'end a session that two have', async (tx) => {
    await endSessionRow(tx, subjectId);
    await recordAudit(tx, { action: 'session.reused', targets: [{ type: 'session', id: subjectId }], outcome: 'denied' }, deps);
  });
}
