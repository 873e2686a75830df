import { sinkIdSchema, type SinkId, type addSink as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { addSink as add, type SinkError } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import type { ExportDeps } from '../export-deps.ts';

/** Has the log streamed to a place, from an index on. Errors: `audit.sink_secret_invalid`, `audit.sinks_full`. */
export function addSink(
  deps: ExportDeps,
  { caller, body, slot }: Pick<Call<typeof route>, 'caller' | 'body' | 'slot'>,
): Promise<Result<{ readonly id: SinkId }, SinkError>> {
  return deps.tenancy.withTenant(caller, 'stream the log', async (tx) => {
    const added = await add(tx, body, deps);
    if (!added.ok) return added;
    const value = { id: sinkIdSchema.parse(added.value.id) };
    await keepAnswer(tx, slot, { status: 201, value });
    return ok(value);
  });
}
