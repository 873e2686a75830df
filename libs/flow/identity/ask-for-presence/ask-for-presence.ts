import * as contract from '@lib/contract';
import type { askForPresence as route, RequestOptions } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import { askForAction, siteOf } from '@lib/guard/presence';
import type { Call } from '@lib/platform/http';
import { z } from 'zod';
import { callerPerson } from '../caller-person.ts';
import type { IdentityDeps } from '../identity-deps.ts';

const saidSchema = z.json().default(null);

/** Why there is nothing to sign. */
export type PresenceNotAsked = { readonly code: 'presence.person_needed' | 'presence.place_unfit' | 'presence.operation_unknown' };

/** An action, ready to be shown and signed. */
export type PresenceAsked = { readonly action: string; readonly nonce: string; readonly options: RequestOptions };

// the whole contract is looked through once: what is signed is said by the routes themselves
const signedOperations: ReadonlySet<string> = new Set(
  Object.values<unknown>(contract).flatMap((value) => (isSigned(value) ? [value.operationId] : [])),
);

/**
 * Makes the challenge of one exact request, which is then sent with its answer. That it was asked for is an event, whatever comes of
 * it. Errors: `PresenceNotAsked`.
 */
export async function askForPresence(
  deps: IdentityDeps,
  { caller, body, origin }: Pick<Call<typeof route>, 'caller' | 'body' | 'origin'>,
): Promise<Result<PresenceAsked, PresenceNotAsked>> {
  const person = callerPerson(caller);
  const site = siteOf(origin);
  if (!person.ok) return person;
  if (!site.ok) return site;
  if (!signedOperations.has(body.operationId)) return err({ code: 'presence.operation_unknown' });
  const memberId = person.value.id;
  const { operationId, params } = body;
  const action = {
    operationId,
    params,
    body: saidSchema.parse(body.body),
    tenantId: caller.tenantId,
    memberId,
    credentialId: caller.credential.id,
  };
  const asked = await askForAction(deps, caller, { action, memberId, site: site.value });
  if (!asked.ok) return asked;
  await recordRead(deps, caller, {
    purpose: 'ask for presence',
    read: () => Promise.resolve(),
    draft: () => ({ action: 'presence.asked', targets: [], detail: { operation: operationId } }),
  });
  return ok(asked.value);
}

function isSigned(value: unknown): value is { readonly operationId: string } {
  return (
    typeof value === 'object' && value !== null && 'operationId' in value && 'presence' in value && typeof value.operationId === 'string'
  );
}
