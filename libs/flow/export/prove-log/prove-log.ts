import type { LogProofView, proveLog as route } from '@lib/contract';
import { formatVerifierKey } from '@lib/engine/tlog';
import { err, Fault, ok, type Result } from '@lib/kernel';
import { logsVerifierKey, proveInLogOfLogs, recordAudit } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { ExportDeps } from '../export-deps.ts';

/**
 * Shows where this tenant's log is counted in the log of logs, and nobody else's. Showing it is an event.
 * Errors: `audit.entry_not_placed` before the first time. Faults: `audit.logs_tampered`.
 */
export async function proveLog(
  deps: ExportDeps,
  { caller }: Pick<Call<typeof route>, 'caller'>,
): Promise<Result<LogProofView, { readonly code: 'audit.entry_not_placed' }>> {
  const key = await logsVerifierKey(deps.logKeys);
  const proved = await deps.tenancy.withTenant(caller, 'show the place in the log of logs', async (tx) => {
    const found = await proveInLogOfLogs(tx);
    if (found.ok) await recordAudit(tx, { action: 'audit.proved', targets: [{ type: 'log', id: key.name }], outcome: 'success' }, deps);
    return found;
  });
  if (!proved.ok) {
    if (proved.error.code === 'audit.entry_not_placed') return err({ code: 'audit.entry_not_placed' });
    throw new Fault('audit.logs_tampered', { internal: proved.error.code });
  }
  const { index, size, entry, text: proof } = proved.value;
  return ok({ index, size, entry: Buffer.from(entry).toString('utf8'), proof, verifierKey: formatVerifierKey(key) });
}
