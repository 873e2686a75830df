import type { EventProofView, proveEvent as route } from '@lib/contract';
import { formatVerifierKey } from '@lib/engine/tlog';
import { err, Fault, ok, type Result } from '@lib/kernel';
import { logVerifierKey, proveEvent as prove, recordAudit } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { ExportDeps } from '../export-deps.ts';

/** There is no such event, or it is another tenant's; or it has no place yet. */
export type NotProved = { readonly code: 'audit.event_not_found' | 'audit.entry_not_placed' };

/**
 * Shows one event with its proof. Showing it is an event too. Errors: `audit.event_not_found`, `audit.entry_not_placed`.
 * Faults: `audit.tree_tampered` when the stored tree does not lead to its own root.
 */
export async function proveEvent(
  deps: ExportDeps,
  { caller, params }: Pick<Call<typeof route>, 'caller' | 'params'>,
): Promise<Result<EventProofView, NotProved>> {
  const { eventId } = params;
  const key = await logVerifierKey(deps.logKeys, caller.tenantId);
  return deps.tenancy.withTenant(caller, 'prove an event of the audit log', async (tx) => {
    const proved = await prove(tx, eventId);
    if (!proved.ok) {
      const { code } = proved.error;
      if (code === 'audit.event_not_found' || code === 'audit.entry_not_placed') return err({ code });
      throw new Fault('audit.tree_tampered', { internal: `tenant \`${caller.tenantId}\`: ${code}` });
    }
    const { index, text: proof, entry, leafHash } = proved.value;
    await recordAudit(tx, { action: 'audit.proved', targets: [{ type: 'audit_event', id: eventId }], outcome: 'success' }, deps);
    const shown = { entry: Buffer.from(entry).toString('utf8'), leafHash: Buffer.from(leafHash).toString('hex') };
    return ok({ eventId, index, proof, verifierKey: formatVerifierKey(key), ...shown });
  });
}
