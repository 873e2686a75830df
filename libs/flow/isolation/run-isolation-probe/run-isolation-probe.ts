import { createHash } from 'node:crypto';
import { isolationText, type IsolationResult, type runIsolationProbe as route, type SignedIsolation } from '@lib/contract';
import { canonicalJson, err, ok, type Result } from '@lib/kernel';
import { formatVerifierKey } from '@lib/engine/tlog';
import { logVerifierKey, recordAudit, signStatement } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import type { IsolationDeps } from '../isolation-deps.ts';
import { findDecoy, saveNote, takeTurn } from '../isolation.store.ts';
import { tryProbes } from './try-probes.ts';

/**
 * Tries to reach a decoy that was made for this tenant, with the caller's own pass through the product's own doors, and signs what came
 * of it with the key of the tenant's log. The digest of what was signed is an entry of that log. One at a time, once a minute.
 * Errors: `isolation.too_soon`.
 */
export async function runIsolationProbe(
  deps: IsolationDeps,
  { caller, slot }: Pick<Call<typeof route>, 'caller' | 'slot'>,
): Promise<Result<SignedIsolation, { readonly code: 'isolation.too_soon' }>> {
  const startedAt = new Date(deps.clock.nowMs()).toISOString();
  if (!(await deps.tenancy.withTenant(caller, 'begin an isolation probe', takeTurn))) return err({ code: 'isolation.too_soon' });
  const decoy = await deps.tenancy.withTenant(caller, 'find the decoy', findDecoy);
  const probes = await tryProbes(deps, caller, decoy);
  const count = (outcome: string): number => probes.filter((probe) => probe.outcome === outcome).length;
  const result: IsolationResult = {
    v: 1,
    tenant: caller.tenantId,
    product: deps.version,
    startedAt,
    finishedAt: new Date(deps.clock.nowMs()).toISOString(),
    decoy: {
      tenant: decoy.decoy_id,
      repositoryId: decoy.repository_id,
      scanId: decoy.scan_id,
      findingId: decoy.finding_id,
      rows: decoy.planted,
    },
    probes: [...probes],
    held: count('held'),
    breached: count('breached'),
    notRun: count('not-run'),
  };
  const text = isolationText(canonicalJson(result));
  const note = await signStatement(deps.logKeys, caller.tenantId, text);
  const value = { result, note, verifierKey: formatVerifierKey(await logVerifierKey(deps.logKeys, caller.tenantId)) };
  await deps.tenancy.withTenant(caller, 'keep the result of an isolation probe', async (tx) => {
    await saveNote(tx, note);
    const detail = { held: result.held, breached: result.breached, sha256: createHash('sha256').update(text).digest('hex') };
    await recordAudit(
      tx,
      { action: 'isolation.probed', targets: [], outcome: result.breached === 0 ? 'success' : 'failure', detail },
      deps,
    );
    await keepAnswer(tx, slot, { status: 201, value });
  });
  return ok(value);
}
