import type { removeSink as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { removeSink as remove, type SinkError } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { ExportDeps } from '../export-deps.ts';

/** Streams there no more. Errors: `audit.sink_not_found`, also when it is another tenant's. */
export async function removeSink(
  deps: ExportDeps,
  { caller, params }: Pick<Call<typeof route>, 'caller' | 'params'>,
): Promise<Result<undefined, SinkError>> {
  const removed = await deps.tenancy.withTenant(caller, 'stop a stream of the log', (tx) => remove(tx, params.sinkId, deps));
  return removed.ok ? ok(undefined) : removed;
}
