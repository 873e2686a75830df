import type { AssertionResponse } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { verifyAuthenticationResponse } from '@simplewebauthn/server';
import type { PasskeyExpectation, PasskeyRefused } from './passkey-expectation.ts';

/** A passkey as it was kept. */
export type KnownPasskey = { readonly credentialId: string; readonly publicKey: Uint8Array };

/**
 * Checks what a browser says of a passkey that was used, and answers its counter. Whether that went up is for whoever keeps the last
 * one, in the transaction that moves it. Errors: `presence.passkey_refused`. Source: WebAuthn Level 3, section 7.2.
 */
export async function checkAssertion(
  response: AssertionResponse,
  passkey: KnownPasskey,
  expected: PasskeyExpectation,
): Promise<Result<{ readonly counter: number }, PasskeyRefused>> {
  const { userHandle, ...parts } = response.response;
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        ...response,
        response: { ...parts, ...(userHandle === undefined ? {} : { userHandle }) },
        clientExtensionResults: {},
      },
      expectedChallenge: expected.challenge,
      expectedOrigin: expected.origin,
      expectedRPID: expected.rpId,
      credential: { id: passkey.credentialId, publicKey: Uint8Array.from(passkey.publicKey), counter: 0 },
      requireUserVerification: true,
    });
    return verified ? ok({ counter: authenticationInfo.newCounter }) : err({ code: 'presence.passkey_refused' });
  } catch {
    return err({ code: 'presence.passkey_refused' }); // the library tells what did not fit by throwing
  }
}
