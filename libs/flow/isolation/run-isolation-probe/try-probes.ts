import type { ProbeTried, TenantId } from '@lib/contract';
import type { TenantContext } from '@lib/guard/tenancy';
import { Fault } from '@lib/kernel';
import type { IsolationDeps } from '../isolation-deps.ts';
import type { Decoy } from '../isolation.store.ts';
import { databaseProbes, type DatabaseProbe } from './database-probes.ts';

/**
 * Tries every probe, one after the other: each in a transaction of its own, as the role that serves requests and with the pass of whoever
 * asks. What the server did not answer is told as not run, and never as held.
 */
export async function tryProbes(
  deps: Pick<IsolationDeps, 'tenancy' | 'kms'>,
  caller: TenantContext,
  decoy: Decoy,
): Promise<readonly ProbeTried[]> {
  const tried: ProbeTried[] = [];
  for (const probe of databaseProbes) tried.push(await tryDatabase(deps, caller, { probe, decoy }));
  tried.push(await tryKey(deps, caller.tenantId, decoy));
  return tried;
}

type Trial = { readonly probe: DatabaseProbe; readonly decoy: Decoy };

async function tryDatabase({ tenancy }: Pick<IsolationDeps, 'tenancy'>, caller: TenantContext, trial: Trial): Promise<ProbeTried> {
  const { id, what, held, attempt } = trial.probe;
  const answer = await tenancy
    .withTenant(caller, 'probe isolation', (tx) => attempt(tx, trial.decoy))
    .then((rows) => `${String(rows)} rows`, answerOf);
  if (answer.includes('.')) return { id, what, outcome: 'not-run', answer };
  return { id, what, outcome: held.includes(answer) ? 'held' : 'breached', answer };
}

/** A refusal by the server has a state; anything else shows nothing about isolation. */
function answerOf(error: unknown): string {
  if (!(error instanceof Fault)) return 'db.unknown';
  const state = 'sqlState' in error && typeof error.sqlState === 'string' ? error.sqlState : '';
  return unavailable.test(state) ? error.code : state;
}

const unavailable = /^$|^08|^53|^57|^55P03|^25P0[34]/u;

async function tryKey({ kms }: Pick<IsolationDeps, 'kms'>, tenantId: TenantId, { decoy_id: other }: Decoy): Promise<ProbeTried> {
  const told = { id: 'P50.tenant', what: `open a sealed object under the decoy's name` };
  const own = { tenantId, purpose: 'isolation-probe', objectId: other, version: 1 };
  const sealed = await kms.encrypt(own, Buffer.from('an object of this tenant', 'utf8'));
  if (!sealed.ok) return { ...told, outcome: 'not-run', answer: sealed.error.code };
  const control = await kms.decrypt(own, sealed.value);
  if (!control.ok) return { ...told, outcome: 'not-run', answer: control.error.code };
  const opened = await kms.decrypt({ ...own, tenantId: other }, sealed.value);
  return opened.ok ? { ...told, outcome: 'breached', answer: 'opened' } : { ...told, outcome: 'held', answer: opened.error.code };
}
