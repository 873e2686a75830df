import { err, type Result } from '@lib/kernel';
import { checkAssertion } from '@lib/platform/passkeys';
import { z } from 'zod';
import { challengeOf } from './action-text.ts';
import type { SignedProof } from './check-presence.ts';

const textSchema = z.object({ v: z.literal(1), operationId: z.string(), tenantId: z.string(), memberId: z.string(), body: z.unknown() });

/** What a kept text says: who, of which tenant, did what. */
export type SignedText = z.infer<typeof textSchema>;

/**
 * Checks a signature that was kept, with nothing but what was kept: that the key signed exactly this text, with its holder present and
 * verified, at that site. Whether it was spent and in time was checked when it came. Errors: `presence.passkey_refused`.
 * Source: WebAuthn Level 3, section 7.2.
 */
export async function checkKeptProof(proof: SignedProof): Promise<Result<SignedText, { readonly code: 'presence.passkey_refused' }>> {
  const { action, response, publicKey, origin, rpId } = proof;
  const checked = await checkAssertion(
    response,
    { credentialId: response.id, publicKey },
    { challenge: challengeOf(action), origin, rpId },
  );
  if (!checked.ok) return checked;
  const text = textSchema.safeParse(jsonOf(action));
  return text.success ? { ok: true, value: text.data } : err({ code: 'presence.passkey_refused' });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // nothing of ours
  }
}
