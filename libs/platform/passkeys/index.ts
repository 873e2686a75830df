export { checkRegistration, passkeyAlgorithms, type NewPasskey } from './check-registration.ts';
export { checkAssertion, type KnownPasskey } from './check-assertion.ts';
export type { PasskeyExpectation, PasskeyRefused } from './passkey-expectation.ts';
