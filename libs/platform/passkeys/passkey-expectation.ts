/** What an answer must be about. `challenge` is base64url; `origin` is that of our page, `rpId` its host without the port. */
export type PasskeyExpectation = { readonly challenge: string; readonly origin: string; readonly rpId: string };

/** The answer is not one to what we asked, or is not whole. */
export type PasskeyRefused = { readonly code: 'presence.passkey_refused' };
