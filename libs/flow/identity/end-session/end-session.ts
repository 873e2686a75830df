import { recordAudit } from '@lib/guard/audit';
import type { Caller } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { endSessionRow } from '../identity.store.ts';

/** Ends the caller's session. A caller by token has none, so nothing happens. */
export async function endSession(deps: IdentityDeps, caller: Caller): Promise<void> {
  const { kind, id } = caller.credential;
  if (kind !== 'session') return;
  await deps.tenancy.withTenant(caller, 'sign out', async (tx) => {
    const ended = await endSessionRow(tx, id);
    if (ended) await recordAudit(tx, { action: 'session.ended', targets: [{ type: kind, id }], outcome: 'success' }, deps);
  });
}
