import { limits, type SinkTarget } from '@lib/contract';
import { type Result, err, ok } from '@lib/kernel';
import type { TenantTx } from '@lib/guard/tenancy';
import type { SecretBox } from '@lib/platform/kms';
import { isSigningSecret } from '@lib/platform/sinks';
import { type AuditDeps, recordAudit } from './record-audit.ts';
import { beginSinkLeaving, finishSinkLeaving, insertSink, listSinks, streamSoon, undoSinkLeaving } from './sink.store.ts';

/** A place that a tenant wants its log streamed to. `from`: index of the first entry. */
export type SinkDraft = { readonly target: SinkTarget; readonly secret?: string | undefined; readonly from: number };

export type SinkError = {
  readonly code: 'audit.sink_secret_invalid' | 'audit.sinks_full' | 'audit.sink_not_found' | 'audit.sink_not_leaving';
};

/** What a secret of a sink is sealed to. */
export function secretPlace(tenantId: string, sinkId: string): string {
  return `tenant/${tenantId}/sink/${sinkId}`;
}

/**
 * Adds a sink; the first delivery follows soon. The event is in the log, in the same transaction; the secret is in neither.
 * Errors: `audit.sink_secret_invalid`: one is missing, of another form, or given where none is asked for; `audit.sinks_full`.
 */
export async function addSink(
  tx: TenantTx,
  { target, secret, from }: SinkDraft,
  deps: AuditDeps & { readonly secrets: Pick<SecretBox, 'conceal'> },
): Promise<Result<{ readonly id: string }, SinkError>> {
  if (!fits(target, secret)) return err({ code: 'audit.sink_secret_invalid' });
  if ((await listSinks(tx)).length >= limits.auditSinksMax) return err({ code: 'audit.sinks_full' });
  const id = deps.ids.uuid();
  const place = secretPlace(tx.context.tenantId, id);
  const sealed = secret === undefined ? undefined : await deps.secrets.conceal(place, Buffer.from(secret, 'utf8'));
  const detail = { kind: target.kind, place: placeOf(target).slice(0, 200), from };
  await Promise.all([
    insertSink(tx, { id, target, secret: sealed, from }),
    streamSoon(tx),
    recordAudit(tx, { action: 'audit.sink_added', targets: [{ type: 'sink', id }], outcome: 'success', detail }, deps),
  ]);
  return ok({ id });
}

/** Streams to a sink no more; answers until when it may be brought back. Errors: `audit.sink_not_found`. */
export async function removeSink(tx: TenantTx, id: string, deps: AuditDeps): Promise<Result<{ readonly leavesAt: string }, SinkError>> {
  const leavesAt = await beginSinkLeaving(tx, id);
  if (leavesAt === undefined) return err({ code: 'audit.sink_not_found' });
  await recordAudit(tx, { action: 'audit.sink_leaving', targets: [{ type: 'sink', id }], outcome: 'success' }, deps);
  return ok({ leavesAt });
}

/** Brings a sink back; it goes on where it was. Errors: `audit.sink_not_found`, `audit.sink_not_leaving`. */
export async function restoreSink(tx: TenantTx, id: string, deps: AuditDeps): Promise<Result<void, SinkError>> {
  const outcome = await undoSinkLeaving(tx, id);
  if (outcome !== 'back') return err({ code: outcome === 'unknown' ? 'audit.sink_not_found' : 'audit.sink_not_leaving' });
  await streamSoon(tx);
  await recordAudit(tx, { action: 'audit.sink_restored', targets: [{ type: 'sink', id }], outcome: 'success' }, deps);
  return ok(undefined);
}

/** Makes the leaving of a sink final, once it is due, by the database's clock: its secret goes with it. Answers when to come again, if it came too early. */
export async function finishSink(tx: TenantTx, id: string, deps: AuditDeps): Promise<string | undefined> {
  const outcome = await finishSinkLeaving(tx, id);
  if (outcome === 'gone')
    await recordAudit(tx, { action: 'audit.sink_removed', targets: [{ type: 'sink', id }], outcome: 'success' }, deps);
  return outcome === undefined || outcome === 'gone' ? undefined : outcome.early;
}

function fits({ kind }: SinkTarget, secret: string | undefined): boolean {
  if (kind === 'webhook') return secret !== undefined && isSigningSecret(secret);
  if (kind === 'splunk') return secret !== undefined && /^[\x21-\x7e]+$/u.test(secret);
  return secret === undefined;
}

function placeOf(target: SinkTarget): string {
  if (target.kind === 's3') return target.bucket;
  return target.kind === 'syslog' ? target.host : new URL(target.url).host;
}
