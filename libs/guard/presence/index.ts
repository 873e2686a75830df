export type { PresenceDeps } from './presence-deps.ts';
export type { SignedAction } from './action-text.ts';
export { askForAction } from './ask-for-action.ts';
export { checkPresence, type PresenceRefused } from './check-presence.ts';
export { checkSignIn, type SignInRefused } from './check-sign-in.ts';
export { checkNewPasskey, type CheckedPasskey } from './check-new-passkey.ts';
export { sealChallenge, type ChallengeInvalid } from './challenge.ts';
export { siteOf, type PlaceUnfit, type Site } from './site-of.ts';
export { countPasskeys, findPasskeys, insertPasskey, removePasskeyRow, type MemberPasskey } from './passkey.store.ts';
