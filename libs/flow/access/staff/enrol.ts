import { limits, staffIdSchema, type CreationOptions, type RegistrationResponse } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { checkNewPasskey, sealChallenge, siteOf, type PlaceUnfit } from '@lib/guard/presence';
import { hashSecret, makeSecret } from '@lib/platform/http';
import { passkeyAlgorithms } from '@lib/platform/passkeys';
import type { StaffCaller, StaffDeps } from './staff-deps.ts';

/** The secret is nobody's, was spent, or nobody has said whose it is. Which of them is not told. */
export type EnrolmentNotFound = { readonly code: 'staff.enrolment_not_found' };

/** What somebody who wants in shows to two others (`id`), and what they keep to themselves (`secret`). */
export type AskedEnrolment = { readonly id: string; readonly secret: string };

/**
 * Somebody wants in, for the first time or after losing every authenticator. Their secret opens nothing until two others have said whose
 * it is, and nobody but them ever has it: nothing is sent. Errors: `staff.enrolments_full`.
 */
export async function askToEnrol(
  deps: StaffDeps,
  name: string,
): Promise<Result<AskedEnrolment, { readonly code: 'staff.enrolments_full' }>> {
  const enrolment = { id: deps.ids.uuid(), secret: makeSecret() };
  const kept = await deps.login.askEnrolment({ id: enrolment.id, hash: hashSecret(enrolment.secret), name });
  return kept ? ok(enrolment) : err({ code: 'staff.enrolments_full' });
}

/** What a browser needs to make the first passkey of an enrolment that was granted. Errors: `EnrolmentNotFound`, `presence.place_unfit`. */
export async function askForFirstPasskey(
  deps: StaffDeps,
  { secret, origin }: { readonly secret: string; readonly origin: string | undefined },
): Promise<Result<CreationOptions, EnrolmentNotFound | PlaceUnfit>> {
  const site = siteOf(origin);
  if (!site.ok) return site;
  const opened = await deps.login.openEnrolment(hashSecret(secret));
  if (opened === undefined) return err({ code: 'staff.enrolment_not_found' });
  return ok(creationOf(deps, { rpId: site.value.rpId, user: opened, known: [], bound: boundToSecret(secret) }));
}

/** Spends an enrolment for one passkey. Errors: `EnrolmentNotFound`, `presence.*`. */
export async function enrolStaff(
  deps: StaffDeps,
  request: { readonly secret: string; readonly name: string; readonly response: RegistrationResponse; readonly origin: string | undefined },
): Promise<
  Result<undefined, EnrolmentNotFound | PlaceUnfit | { readonly code: 'presence.challenge_invalid' | 'presence.passkey_refused' }>
> {
  const { secret, name, response } = request;
  const site = siteOf(request.origin);
  if (!site.ok) return site;
  const checked = await checkNewPasskey(deps, { response, site: site.value, bound: boundToSecret(secret) });
  if (!checked.ok) return checked;
  const passkey = { ...checked.value, id: deps.ids.uuid(), name };
  const kept = await deps.login.enrol(hashSecret(secret), staffIdSchema.parse(deps.ids.uuid()), passkey);
  return kept ? ok(undefined) : err({ code: 'staff.enrolment_not_found' });
}

/** What a browser needs to make a further passkey. Errors: `presence.place_unfit`. */
export async function askForFurtherPasskey(
  deps: StaffDeps,
  caller: StaffCaller,
  origin: string | undefined,
): Promise<Result<CreationOptions, PlaceUnfit>> {
  const site = siteOf(origin);
  if (!site.ok) return site;
  const known = await deps.desk.passkeys(caller.hash);
  const user = { personId: caller.personId, name: caller.name };
  return ok(
    creationOf(deps, { rpId: site.value.rpId, user, known: known.map(({ credentialId }) => credentialId), bound: boundToSession(caller) }),
  );
}

/** Keeps a further passkey. Whoever has a session has one already, and signs this with it. Errors: `presence.*`. */
export async function addStaffPasskey(
  deps: StaffDeps,
  caller: StaffCaller,
  { name, response, origin }: { readonly name: string; readonly response: RegistrationResponse; readonly origin: string | undefined },
): Promise<Result<undefined, PlaceUnfit | { readonly code: 'presence.challenge_invalid' | 'presence.passkey_refused' }>> {
  const site = siteOf(origin);
  if (!site.ok) return site;
  const checked = await checkNewPasskey(deps, { response, site: site.value, bound: boundToSession(caller) });
  if (!checked.ok) return checked;
  const kept = await deps.desk.addPasskey(caller.hash, { ...checked.value, id: deps.ids.uuid(), name });
  return kept ? ok(undefined) : err({ code: 'presence.passkey_refused' });
}

const boundToSecret = (secret: string): string => `staff enrolment ${Buffer.from(hashSecret(secret)).toString('hex')}`;
const boundToSession = ({ sessionId }: StaffCaller): string => `staff session ${sessionId}`;

type Creation = {
  readonly rpId: string;
  readonly user: { readonly personId: string | null; readonly name: string };
  readonly known: readonly Uint8Array[];
  readonly bound: string;
};

function creationOf(deps: StaffDeps, { rpId, user, known, bound }: Creation): CreationOptions {
  return {
    rp: { id: rpId, name: 'Aegis staff' },
    user: { id: Buffer.from(user.personId ?? deps.ids.uuid()).toString('base64url'), name: user.name, displayName: user.name },
    challenge: sealChallenge(deps, { purpose: 'register', bound }),
    pubKeyCredParams: passkeyAlgorithms.map((alg) => ({ type: 'public-key', alg })),
    timeout: limits.presenceMs,
    excludeCredentials: known.map((id) => ({ type: 'public-key', id: Buffer.from(id).toString('base64url') })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    attestation: 'none',
  };
}
