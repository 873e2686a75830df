import type { RegistrationResponse } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { verifyRegistrationResponse } from '@simplewebauthn/server';
import type { PasskeyExpectation, PasskeyRefused } from './passkey-expectation.ts';

/** ES256, EdDSA, RS256: what authenticators in use offer. Source: IANA COSE algorithms. */
export const passkeyAlgorithms = [-7, -8, -257] as const;

/** A passkey as it is kept. `publicKey` is a COSE key. */
export type NewPasskey = { readonly credentialId: Uint8Array; readonly publicKey: Uint8Array; readonly counter: number };

/** Checks what a browser says of a passkey that it has made. Errors: `presence.passkey_refused`. Source: WebAuthn Level 3, section 7.1. */
export async function checkRegistration(
  response: RegistrationResponse,
  expected: PasskeyExpectation,
): Promise<Result<NewPasskey, PasskeyRefused>> {
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: { ...response, clientExtensionResults: {} },
      expectedChallenge: expected.challenge,
      expectedOrigin: expected.origin,
      expectedRPID: expected.rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...passkeyAlgorithms],
    });
    if (!verified) return err({ code: 'presence.passkey_refused' });
    const { id, publicKey, counter } = registrationInfo.credential;
    return ok({ credentialId: Buffer.from(id, 'base64url'), publicKey, counter });
  } catch {
    return err({ code: 'presence.passkey_refused' }); // the library tells what did not fit by throwing
  }
}
