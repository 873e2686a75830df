import { createHash } from 'node:crypto';
import { assertionResponseSchema, limits, type AssertionResponse, type MemberId } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { TenantContext, TenantTx } from '@lib/guard/tenancy';
import { checkAssertion } from '@lib/platform/passkeys';
import { z } from 'zod';
import { actionDigest, actionText, challengeOf, type SignedAction } from './action-text.ts';
import { openChallenge } from './challenge.ts';
import { findPasskeys, moveCounter, spendChallenge, type MemberPasskey } from './passkey.store.ts';
import type { PresenceDeps } from './presence-deps.ts';
import type { Site } from './site-of.ts';

/** Why an action is not taken for meant. */
export type PresenceRefused = {
  readonly code:
    'presence.needed' | 'presence.person_needed' | 'presence.challenge_invalid' | 'presence.passkey_refused' | 'presence.passkey_copied';
};

/** What is asked of whom. `header` is what the request brought; `level` what its route says. */
export type PresenceQuestion = {
  readonly action: SignedAction;
  readonly memberId: MemberId;
  readonly site: Site;
  readonly header: string | undefined;
  readonly level: 'required' | 'if-any';
};

/** What was signed, by which key, where: enough to check it again without us. `publicKey` is a COSE key. */
export type SignedProof = Site & {
  readonly action: string;
  readonly response: AssertionResponse;
  readonly publicKey: Uint8Array;
};

const headerSchema = z.strictObject({ nonce: z.string().max(200), response: assertionResponseSchema });

/**
 * Checks that the member signed exactly this action with one of their passkeys, just now and for the first time; answers what was
 * signed. Without a passkey a member is let through where the route says `if-any`, and nothing was. Errors: `PresenceRefused`. A copy of a passkey leaves an event.
 */
export async function checkPresence(
  deps: PresenceDeps,
  context: TenantContext,
  question: PresenceQuestion,
): Promise<Result<SignedProof | undefined, PresenceRefused>> {
  const { action, memberId, site, level } = question;
  const passkeys = await deps.tenancy.withTenantOnce(context, 'read passkeys', (tx) => findPasskeys(tx, memberId));
  if (passkeys.length === 0) return level === 'if-any' ? ok(undefined) : err({ code: 'presence.person_needed' });
  const said = readHeader(question.header);
  if (said === undefined) return err({ code: question.header === undefined ? 'presence.needed' : 'presence.passkey_refused' });
  const opened = openChallenge(deps, { purpose: 'action', bound: actionDigest(action) }, said.nonce);
  if (!opened.ok) return opened;
  const passkey = passkeys.find(({ credentialId }) => credentialId === said.response.id);
  if (passkey === undefined) return err({ code: 'presence.passkey_refused' });
  const text = actionText(action, said.nonce);
  const checked = await checkAssertion(said.response, passkey, { challenge: challengeOf(text), origin: site.origin, rpId: site.rpId });
  if (!checked.ok) return checked;
  const use = { passkey, counter: checked.value.counter, nonce: said.nonce, expiresMs: opened.value.expiresMs };
  const used = await deps.tenancy.withTenant(context, 'use a passkey', (tx) => usePasskey(tx, use, deps));
  return used.ok ? ok({ action: text, response: said.response, publicKey: passkey.publicKey, ...site }) : used;
}

type Use = { readonly passkey: MemberPasskey; readonly counter: number; readonly nonce: string; readonly expiresMs: number };

async function usePasskey(tx: TenantTx, use: Use, deps: PresenceDeps): Promise<Result<undefined, PresenceRefused>> {
  const { passkey, counter, nonce, expiresMs } = use;
  const spent = { hash: createHash('sha256').update(nonce).digest(), expiresAt: new Date(expiresMs).toISOString() };
  if (!(await spendChallenge(tx, spent))) return err({ code: 'presence.challenge_invalid' });
  if (await moveCounter(tx, passkey.id, counter)) return ok(undefined);
  const targets = [{ type: 'passkey', id: passkey.id }];
  await recordAudit(tx, { action: 'passkey.copied', targets, outcome: 'denied', detail: { counter } }, deps);
  return err({ code: 'presence.passkey_copied' });
}

function readHeader(header: string | undefined): z.infer<typeof headerSchema> | undefined {
  if (header === undefined || header.length > limits.presenceHeaderCharsMax) return undefined;
  try {
    return headerSchema.safeParse(JSON.parse(Buffer.from(header, 'base64url').toString('utf8'))).data;
  } catch {
    return undefined; // no JSON
  }
}
