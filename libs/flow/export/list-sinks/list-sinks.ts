import { sinkIdSchema, type SinksView, type listSinks as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { findAuditHead, listSinks as list, recordAudit } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { ExportDeps } from '../export-deps.ts';

/** Shows where the log is streamed to and how far each stream is. Reading it is an event. */
export function listSinks(deps: ExportDeps, { caller }: Pick<Call<typeof route>, 'caller'>): Promise<Result<SinksView, never>> {
  return deps.tenancy.withTenant(caller, 'show the streams of the log', async (tx) => {
    const [sinks, head] = await Promise.all([list(tx), findAuditHead(tx)]);
    await recordAudit(tx, { action: 'audit.sinks_read', targets: [], outcome: 'success' }, deps);
    return ok({ sinks: sinks.map((sink) => ({ ...sink, id: sinkIdSchema.parse(sink.id) })), size: head?.size ?? 0 });
  });
}
