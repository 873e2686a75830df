import { limits } from '@lib/contract';
import { Fault, type Result, err, ok } from '@lib/kernel';
import { leafHash, sameHash } from '@lib/engine/tlog';
import type { Tenancy, TenantTx, Turn } from '@lib/guard/tenancy';
import type { SecretBox } from '@lib/platform/kms';
import type { Deliver, Delivery } from '@lib/platform/sinks';
import { type LeafRow, findTreeWithin, listLeaves } from './audit-log.store.ts';
import { secretPlace } from './configure-sinks.ts';
import {
  type TakenSink,
  beginStreamTurn,
  nextLookMs,
  noteDelivered,
  noteUndelivered,
  streamLater,
  streamSoon,
  takeSinks,
} from './sink.store.ts';

/** `tenancy` is of `aegis_audit`; `logName` is the origin of a tenant's log. */
export type SinkDeps = {
  readonly tenancy: Tenancy;
  readonly secrets: Pick<SecretBox, 'reveal'>;
  readonly deliver: Deliver;
  readonly logName: (tenantId: Turn['tenantId']) => string;
};

/** What one delivery came to: entries from `from` to before `next`. */
export type SinkOutcome = { readonly sinkId: string; readonly from: number; readonly next: number; readonly errorCode: string | undefined };

/**
 * Delivers the next entries of one tenant's log to each of its sinks that is behind. They are delivered between two transactions, so that
 * a slow place holds no connection; whoever died in between has its batch delivered again, from the same index: at least once, in
 * order, without a gap. A place that does not take them is tried again for as long as it is configured, at longer and longer intervals.
 */
export async function deliverSinks(deps: SinkDeps, { tenantId, pass }: Turn): Promise<readonly SinkOutcome[]> {
  const context = { tenantId, actor: { type: 'system', id: 'audit-streaming' }, pass } as const;
  const batches = await deps.tenancy.withTenant(context, 'audit.stream', planBatches);
  if (batches.length === 0) return [];
  const outcomes = await Promise.all(batches.map((batch) => deliverOne(deps, tenantId, batch)));
  await deps.tenancy.withTenant(context, 'audit.stream', (tx) => keep(tx, batches, outcomes));
  return outcomes;
}

type Batch = { readonly sink: TakenSink; readonly leaves: readonly LeafRow[] };

async function planBatches(tx: TenantTx): Promise<readonly Batch[]> {
  if (!(await beginStreamTurn(tx))) return [];
  const tree = await findTreeWithin(tx);
  if (tree === undefined) return [];
  const batches: Batch[] = [];
  for (const sink of await takeSinks(tx, tree.size)) {
    const leaves = fitting(await listLeaves(tx, sink.next, Math.min(limits.auditSinkBatchLeaves, tree.size - sink.next)));
    for (const [at, { idx, entry, hash }] of leaves.entries()) {
      // what does not fit together is not passed on: the verification of the log says what is wrong with it
      if (idx !== sink.next + at || !sameHash(leafHash(entry), hash))
        throw new Fault('audit.tree_tampered', { internal: `tenant \`${tx.context.tenantId}\`: leaf ${String(sink.next + at)}` });
    }
    batches.push({ sink, leaves });
  }
  // a turn takes every mark of the tenant away: what waits for its time, and a batch whose deliverer dies, need one
  const waitMs = await nextLookMs(tx, tree.size);
  if (waitMs !== undefined) await streamLater(tx, Math.max(0, waitMs));
  return batches;
}

// as many as fit; one always does
function fitting(leaves: readonly LeafRow[]): readonly LeafRow[] {
  let bytes = 0;
  const end = leaves.findIndex(({ entry }) => (bytes += entry.length) > limits.auditSinkBatchBytes);
  return end < 0 ? leaves : leaves.slice(0, Math.max(1, end));
}

async function deliverOne(deps: SinkDeps, tenantId: Turn['tenantId'], { sink, leaves }: Batch): Promise<SinkOutcome> {
  const range = { sinkId: sink.id, from: sink.next, next: sink.next + leaves.length };
  const secret = await reveal(deps, tenantId, sink);
  if (!secret.ok) return { ...range, errorCode: secret.error.code };
  const delivery: Delivery = { sinkId: sink.id, tenantId, log: deps.logName(tenantId), from: range.from, leaves };
  const taken = await deps.deliver(sink.target, secret.value, delivery);
  return { ...range, errorCode: taken.ok ? undefined : taken.error.code };
}

async function reveal(
  { secrets }: SinkDeps,
  tenantId: Turn['tenantId'],
  { id, secret }: TakenSink,
): Promise<Result<string | undefined, { readonly code: string }>> {
  if (secret === null) return ok(undefined);
  const opened = await secrets.reveal(secretPlace(tenantId, id), secret);
  return opened.ok ? ok(Buffer.from(opened.value).toString('utf8')) : err({ code: 'audit.sink_secret_lost' });
}

async function keep(tx: TenantTx, batches: readonly Batch[], outcomes: readonly SinkOutcome[]): Promise<void> {
  let waitMs: number | undefined;
  for (const [at, { sinkId, from, next, errorCode }] of outcomes.entries()) {
    if (errorCode === undefined) await noteDelivered(tx, sinkId, { from, next });
    else {
      const afterMs = Math.min(1_000 * 2 ** Math.min(batches[at]?.sink.failures ?? 0, 20), limits.auditSinkBackoffMsMax);
      waitMs = Math.min(waitMs ?? afterMs, afterMs);
      await noteUndelivered(tx, sinkId, { code: errorCode, afterMs });
    }
  }
  if (outcomes.some(({ errorCode }) => errorCode === undefined)) await streamSoon(tx); // there may be more; a look that finds nothing is cheap
  if (waitMs !== undefined) await streamLater(tx, waitMs);
}
