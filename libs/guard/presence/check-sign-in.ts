import { createHash } from 'node:crypto';
import type { AssertionResponse, MemberId, TenantId, TenantPass } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { Identity, TenantContext } from '@lib/guard/tenancy';
import { checkAssertion } from '@lib/platform/passkeys';
import { openChallenge } from './challenge.ts';
import { challengeIn } from './challenge-in.ts';
import type { PresenceDeps } from './presence-deps.ts';
import type { Site } from './site-of.ts';

/** Why nobody is signed in. */
export type SignInRefused = { readonly code: 'presence.challenge_invalid' | 'presence.passkey_refused' | 'presence.passkey_copied' };

/** What came, and from where. */
export type SigningIn = { readonly response: AssertionResponse; readonly site: Site } & Pick<TenantContext, 'client' | 'requestId'>;

/** Who came, and a pass of their tenant for a minute. */
export type SignedIn = { readonly tenantId: TenantId; readonly memberId: MemberId; readonly passkeyId: string; readonly pass: TenantPass };

/**
 * Finds out whose passkey answered a sign-in challenge. Nothing of the tenant is open until the answer was checked, the challenge spent
 * and the counter moved. Errors: `SignInRefused`; an unknown passkey and a wrong answer look alike.
 */
export async function checkSignIn(
  deps: PresenceDeps & { readonly identity: Pick<Identity, 'findPasskey' | 'usePasskey'> },
  { response, site, ...request }: SigningIn,
): Promise<Result<SignedIn, SignInRefused>> {
  const challenge = challengeIn(response.response.clientDataJSON);
  const opened = openChallenge(deps, { purpose: 'sign-in', bound: '' }, challenge);
  if (!opened.ok) return opened;
  const passkey = await deps.identity.findPasskey(Buffer.from(response.id, 'base64url'));
  if (passkey === undefined) return err({ code: 'presence.passkey_refused' });
  const known = { credentialId: response.id, publicKey: passkey.publicKey };
  const checked = await checkAssertion(response, known, { challenge, origin: site.origin, rpId: site.rpId });
  if (!checked.ok) return checked;
  const hash = createHash('sha256').update(challenge).digest();
  const used = await deps.identity.usePasskey(
    { tenantId: passkey.tenantId, passkeyId: passkey.passkeyId, counter: checked.value.counter },
    { hash, expiresAt: new Date(opened.value.expiresMs).toISOString() },
  );
  if (used === undefined) return err({ code: 'presence.passkey_refused' });
  if (used.outcome === 'spent') return err({ code: 'presence.challenge_invalid' });
  const { tenantId, passkeyId } = passkey;
  const { memberId, pass } = used;
  if (used.outcome === 'used') return ok({ tenantId, memberId, passkeyId, pass });
  const targets = [{ type: 'passkey', id: passkeyId }];
  const context = { tenantId, actor: { type: 'member', id: memberId }, ...request, pass } as const;
  await deps.tenancy.withTenant(context, 'sign in with a passkey', (tx) =>
    recordAudit(tx, { action: 'passkey.copied', targets, outcome: 'denied', detail: { counter: checked.value.counter } }, deps),
  );
  return err({ code: 'presence.passkey_copied' });
}
