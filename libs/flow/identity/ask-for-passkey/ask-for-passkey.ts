import { limits, type CreationOptions } from '@lib/contract';
import { err, ok, present, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { findPasskeys, sealChallenge, siteOf } from '@lib/guard/presence';
import type { Caller } from '@lib/platform/http';
import { passkeyAlgorithms } from '@lib/platform/passkeys';
import { callerPerson } from '../caller-person.ts';
import type { IdentityDeps } from '../identity-deps.ts';
import { findMember } from '../member.store.ts';

/** Why there is no passkey to be made. */
export type PasskeyNotAsked = { readonly code: 'presence.person_needed' | 'presence.place_unfit' | 'passkey.too_many' };

/**
 * What a browser needs to make a passkey for the caller. The challenge is bound to this member and this session, and needs no row. The
 * handle that the passkey keeps is the member's id: it names nobody to others. Errors: `PasskeyNotAsked`.
 */
export async function askForPasskey(
  deps: IdentityDeps,
  { caller, origin }: { readonly caller: Caller; readonly origin: string | undefined },
): Promise<Result<CreationOptions, PasskeyNotAsked>> {
  const person = callerPerson(caller);
  const site = siteOf(origin);
  if (!person.ok) return person;
  if (!site.ok) return site;
  const memberId = person.value.id;
  return deps.tenancy.withTenant(caller, 'prepare a passkey', async (tx) => {
    const [member, passkeys] = await Promise.all([findMember(tx, memberId), findPasskeys(tx, memberId)]);
    if (passkeys.length >= limits.passkeysPerMemberMax) return err({ code: 'passkey.too_many' });
    await recordAudit(tx, { action: 'passkey.requested', targets: [{ type: 'member', id: memberId }], outcome: 'success' }, deps);
    const { name, email } = present(member, 'the member of a live session');
    return ok({
      rp: { id: site.value.rpId, name: 'Aegis' },
      user: { id: Buffer.from(memberId).toString('base64url'), name: email ?? name, displayName: name },
      challenge: sealChallenge(deps, { purpose: 'register', bound: boundTo(caller) }),
      pubKeyCredParams: passkeyAlgorithms.map((alg) => ({ type: 'public-key', alg })),
      timeout: limits.presenceMs,
      excludeCredentials: passkeys.map(({ credentialId }) => ({ type: 'public-key', id: credentialId })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      attestation: 'none',
    });
  });
}

/** Whose challenge to make a passkey it is. */
export function boundTo({ tenantId, actor, credential }: Caller): string {
  return `${tenantId}/${actor.id}/${credential.id}`;
}
