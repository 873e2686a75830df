import { limits, type AssertionResponse, type RequestOptions } from '@lib/contract';
import { canonicalJson, err, ok, type Json, type Result } from '@lib/kernel';
import { checkAnswer, sealChallenge, siteOf, type PlaceUnfit } from '@lib/guard/presence';
import type { StaffCaller, StaffDeps } from './staff-deps.ts';

/** What is done, with everything that it is done with. */
export type StaffAct = { readonly act: string } & Readonly<Record<string, Json>>;

/** The act was not signed by its own hand, just now. */
export type ActNotSigned = PlaceUnfit | { readonly code: 'presence.challenge_invalid' | 'presence.passkey_refused' };

/** The challenge of one exact act of this session: an answer to it is good for no other. Errors: `presence.place_unfit`. */
export async function askForStaffAct(
  deps: StaffDeps,
  caller: StaffCaller,
  { act, origin }: { readonly act: StaffAct; readonly origin: string | undefined },
): Promise<Result<RequestOptions, PlaceUnfit>> {
  const site = siteOf(origin);
  if (!site.ok) return site;
  const passkeys = await deps.desk.passkeys(caller.hash);
  return ok({
    challenge: sealChallenge(deps, purposeOf(caller, act)),
    rpId: site.value.rpId,
    timeout: limits.presenceMs,
    userVerification: 'required',
    allowCredentials: passkeys.map(({ credentialId }) => ({
      type: 'public-key' as const,
      id: Buffer.from(credentialId).toString('base64url'),
    })),
  });
}

/** Checks that the caller signed exactly this act with one of their passkeys, for the first time, and spends that. Errors: `ActNotSigned`. */
export async function checkStaffAct(
  deps: StaffDeps,
  caller: StaffCaller,
  { act, origin, signed }: { readonly act: StaffAct; readonly origin: string | undefined; readonly signed: AssertionResponse },
): Promise<Result<undefined, ActNotSigned>> {
  const site = siteOf(origin);
  if (!site.ok) return site;
  const passkeys = await deps.desk.passkeys(caller.hash);
  const passkey = passkeys.find(({ credentialId }) => Buffer.from(credentialId).toString('base64url') === signed.id);
  if (passkey === undefined) return err({ code: 'presence.passkey_refused' });
  const answer = { response: signed, site: site.value, purpose: purposeOf(caller, act), publicKey: passkey.publicKey };
  const checked = await checkAnswer(deps, answer);
  if (!checked.ok) return checked;
  const used = await deps.desk.usePasskey(caller.hash, { id: passkey.id, counter: checked.value.counter }, checked.value.challenge);
  return used ? ok(undefined) : err({ code: 'presence.challenge_invalid' });
}

function purposeOf(caller: StaffCaller, act: StaffAct): { readonly purpose: 'action'; readonly bound: string } {
  return { purpose: 'action', bound: canonicalJson({ staff: caller.sessionId, ...act }) };
}
