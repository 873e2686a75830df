import { auditHeadSchema, verifyAudit } from '@lib/contract';
import { verifyEvidence } from '@lib/flow/evidence';
import { openTenancy, operatorPass } from '@lib/guard/tenancy';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock, systemIds } from '@lib/platform/clock';
import { closeDatabase, openDatabase } from '@lib/platform/db';
import { openVault } from '@lib/platform/vault';
import type { ApiClient } from './api-client.ts';
import type { Stack } from './start-stack.ts';

/** One proof as a person reads it. */
export type Proof = { readonly name: 'Evidence' | 'Audit log'; readonly ok: boolean; readonly detail: string };

export type ProofSources = {
  readonly services: Stack;
  readonly client: ApiClient;
  readonly keysFolder: string;
  readonly objectsFolder: string;
};

const pendingMsMax = 30_000; // the sequencer places events within seconds
const pollMs = 50;

/** Reads every evidence pack back and re-derives it, waits until the log holds every event, and re-derives the log. */
export async function verifyProofs(sources: ProofSources): Promise<readonly Proof[]> {
  return [await proveEvidence(sources), await verifyLog(sources.client)];
}

async function proveEvidence({ services, keysFolder, objectsFolder }: ProofSources): Promise<Proof> {
  const database = openDatabase({ url: services.databaseUrl('aegis_api'), poolMax: 1, applicationName: 'aegis-verify' });
  try {
    const settings = { keys: { kind: 'keyring', folder: keysFolder }, objects: { kind: 'folder', folder: objectsFolder } } as const;
    const vault = await openVault(settings, systemClock);
    const { tenantId } = services.tenant;
    const context = { tenantId, actor: { type: 'system', id: 'start-up' }, pass: operatorPass(services.adminUrl, tenantId) } as const;
    const verdict = await verifyEvidence({ ...vault, tenancy: openTenancy(database), clock: systemClock, ids: systemIds }, context);
    const [failure] = verdict.failures;
    const packs = `${String(verdict.packs)} ${verdict.packs === 1 ? 'pack' : 'packs'}`;
    const read = `${String(verdict.entries)} entries in ${packs} read back, decrypted and re-hashed`;
    return {
      name: 'Evidence',
      ok: failure === undefined,
      detail: failure === undefined ? read : `pack ${failure.pack.id}: ${failure.reason ?? failure.state}`,
    };
  } finally {
    await closeDatabase(database);
  }
}

async function verifyLog(client: ApiClient): Promise<Proof> {
  const pending = await untilSequenced(client);
  const verdict = await client.post(verifyAudit.path, {}, verifyAudit.answers[200].schema);
  if (!verdict.ok) {
    const place = verdict.failedIndex === null ? '' : ` at entry ${String(verdict.failedIndex)}`;
    return { name: 'Audit log', ok: false, detail: `${verdict.reason ?? 'unknown'}${place}` };
  }
  const size = `${String(verdict.size)} events, root ${verdict.root.slice(0, 16)}…, checkpoint signed`;
  return {
    name: 'Audit log',
    ok: pending === 0,
    detail: pending === 0 ? size : `${size}; ${String(pending)} events still wait for their place`,
  };
}

async function untilSequenced(client: ApiClient): Promise<number> {
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const { pending } = await client.get('/v1/audit/head', auditHeadSchema);
    if (pending === 0 || waitedMs >= pendingMsMax) return pending;
    await sleep(pollMs);
  }
}
