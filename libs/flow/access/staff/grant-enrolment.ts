import type { StaffId } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import type { StaffCaller, StaffDeps } from './staff-deps.ts';

/** Why it was not granted. */
export type NotGranted = {
  readonly code:
    'identity.unauthenticated' | 'staff.enrolment_not_found' | 'staff.enrolment_differs' | 'staff.same_person' | 'staff.name_taken';
};

const codes: Readonly<Record<string, NotGranted['code']>> = {
  session_unknown: 'identity.unauthenticated',
  unknown: 'staff.enrolment_not_found',
  differs: 'staff.enrolment_differs',
  same_person: 'staff.same_person',
  name_taken: 'staff.name_taken',
};

/**
 * Says whose an enrolment is: a person who is known, or somebody new (`null`). The second who says the same grants it; nobody says it
 * of themselves. Whoever says so has made sure by other means. Errors: `NotGranted`.
 */
export async function grantEnrolment(
  { desk }: StaffDeps,
  caller: StaffCaller,
  { enrolmentId, personId }: { readonly enrolmentId: string; readonly personId: StaffId | null },
): Promise<Result<{ readonly state: 'waiting' | 'granted' }, NotGranted>> {
  const outcome = await desk.grantEnrolment(caller.hash, enrolmentId, personId);
  if (outcome === 'waiting' || outcome === 'granted') return ok({ state: outcome });
  return err({ code: codes[outcome] ?? 'staff.enrolment_not_found' });
}
