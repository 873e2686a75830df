import type { removeSink as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { removeSink as remove, type SinkError } from '@lib/guard/audit';
import { enqueueJob } from '@lib/guard/jobs';
import type { Call } from '@lib/platform/http';
import type { ExportDeps } from '../export-deps.ts';

/**
 * Streams there no more. The job that lets its secret go is in the same transaction and due in five minutes by the database's clock.
 * Errors: `audit.sink_not_found`, also when it is another tenant's.
 */
export function removeSink(
  deps: ExportDeps,
  { caller, params }: Pick<Call<typeof route>, 'caller' | 'params'>,
): Promise<Result<undefined, SinkError>> {
  return deps.tenancy.withTenant(caller, 'stop a stream of the log', async (tx) => {
    const removed = await remove(tx, params.sinkId, deps);
    if (!removed.ok) return removed;
    const payload = { tenantId: caller.tenantId, sinkId: params.sinkId };
    await enqueueJob(tx, 'sink.leave', payload, deps.ids, removed.value.leavesAt);
    return ok(undefined);
  });
}
