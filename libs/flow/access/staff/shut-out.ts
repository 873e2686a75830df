import type { StaffId } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import type { StaffCaller, StaffDeps } from './staff-deps.ts';

/** Why somebody stays. */
export type NotShutOut = {
  readonly code: 'identity.unauthenticated' | 'staff.person_not_found' | 'staff.same_person' | 'staff.authenticators_missing';
};

const codes: Readonly<Record<string, NotShutOut['code']>> = {
  session_unknown: 'identity.unauthenticated',
  same_person: 'staff.same_person',
  authenticators_missing: 'staff.authenticators_missing',
};

/**
 * Shuts somebody of staff out: passkeys and sessions go, and what they had open shows nothing from then on. One person does it; letting
 * in takes two. Errors: `NotShutOut`.
 */
export async function shutOut({ desk }: StaffDeps, caller: StaffCaller, personId: StaffId): Promise<Result<undefined, NotShutOut>> {
  const outcome = await desk.shutOut(caller.hash, personId);
  return outcome === 'left' ? ok(undefined) : err({ code: codes[outcome] ?? 'staff.person_not_found' });
}
