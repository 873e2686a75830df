import { deliveryIdSchema, limits, type receiveDelivery as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { enqueueJob } from '@lib/guard/jobs';
import type { TenantContext } from '@lib/guard/tenancy';
import { hashSecret, type Call, type RawBody } from '@lib/platform/http';
import { counter } from '@lib/platform/telemetry';
import type { ForgeDeps } from '../forge-deps.ts';
import { findHookSecrets, insertDelivery } from '../forge.store.ts';
import { secretContext } from '../secret-context.ts';
import { isSigned } from './check-signature.ts';
import { readDelivery } from './read-delivery.ts';

/** Why nothing was taken. */
export type DeliveryRefused = {
  readonly code: 'forge.hook_unknown' | 'forge.signature_invalid' | 'forge.delivery_invalid' | 'http.body_too_large' | 'http.body_not_json';
};

type Delivery = Pick<Call<typeof route>, 'params' | 'headers' | 'raw' | 'requestId'>;

/**
 * Takes a delivery: the address says whose it is, the signature over the raw bytes that it comes from there, and nothing is parsed before.
 * What is to be done about it, and that it was seen, are one transaction; the answer follows the commit. A delivery that was seen does
 * nothing and is answered alike. Errors: see `DeliveryRefused`. Source: CWE-347, CWE-294, CWE-400.
 */
export async function receiveDelivery(
  deps: ForgeDeps,
  { params, headers, raw, requestId }: Delivery,
): Promise<Result<undefined, DeliveryRefused>> {
  const hook = await deps.findForgeHook(hashSecret(params.hook));
  if (hook === undefined) return err({ code: 'forge.hook_unknown' });
  const body = await readBody(raw);
  if (body === undefined) return err({ code: 'http.body_too_large' });
  const context: TenantContext = { tenantId: hook.tenantId, actor: { type: 'system', id: 'forge' }, requestId, pass: hook.pass };
  const secrets = await openSecrets(deps, context, hook.appId);
  if (!isSigned(body, headers['x-hub-signature-256'], secrets)) return err({ code: 'forge.signature_invalid' });
  const event = headers['x-github-event'];
  const payload = parse(body);
  if (payload === undefined) return err({ code: 'http.body_not_json' });
  const facts = readDelivery(event, payload);
  if (facts === 'invalid') return err({ code: 'forge.delivery_invalid' });
  if (facts === 'ignored') {
    deliveries.add(1, { end: 'ignored' });
    return ok(undefined);
  }
  const id = deliveryIdSchema.parse(deps.ids.uuid());
  const guid = headers['x-github-delivery'];
  const isNew = await deps.tenancy.withTenant(context, 'take a delivery', async (tx) => {
    if (!(await insertDelivery(tx, { id, appId: hook.appId, guid, event, facts }))) return false;
    const targets = [{ type: 'forge_app', id: hook.appId }];
    await Promise.all([
      enqueueJob(tx, 'forge.handle', { tenantId: hook.tenantId, deliveryId: id }, deps.ids),
      recordAudit(tx, { action: 'forge.delivery_taken', targets, outcome: 'success', detail: { event, delivery: guid } }, deps),
    ]);
    return true;
  });
  deliveries.add(1, { end: isNew ? 'taken' : 'repeated' });
  return ok(undefined);
}

const deliveries = counter('forge.deliveries');

// No more is held than may be; what is over it is left unread, and the connection ends.
async function readBody({ stream, bytes }: RawBody): Promise<Buffer | undefined> {
  if (bytes !== undefined && bytes > limits.forgeDeliveryBytesMax) return undefined;
  const parts: Uint8Array[] = [];
  let held = 0;
  for await (const part of stream) {
    if (!(part instanceof Uint8Array)) continue;
    held += part.byteLength;
    if (held > limits.forgeDeliveryBytesMax) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function openSecrets(
  deps: ForgeDeps,
  context: TenantContext,
  appId: Parameters<typeof findHookSecrets>[1],
): Promise<readonly Uint8Array[]> {
  const sealed = await deps.tenancy.withTenantOnce(context, 'read the secrets of a hook', (tx) => findHookSecrets(tx, appId));
  const opened = await Promise.all(sealed.map((secret) => deps.kms.decrypt(secretContext(context.tenantId, appId), secret)));
  return opened.flatMap((secret) => (secret.ok ? [secret.value] : []));
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
