import type { restoreSink as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { restoreSink as restore, type SinkError } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { ExportDeps } from '../export-deps.ts';

/** Streams there again, from where it was. Errors: `audit.sink_not_found`, also when it is another tenant's; `audit.sink_not_leaving`. */
export async function restoreSink(
  deps: ExportDeps,
  { caller, params }: Pick<Call<typeof route>, 'caller' | 'params'>,
): Promise<Result<undefined, SinkError>> {
  const restored = await deps.tenancy.withTenant(caller, 'bring a stream of the log back', (tx) => restore(tx, params.sinkId, deps));
  return restored.ok ? ok(undefined) : restored;
}
