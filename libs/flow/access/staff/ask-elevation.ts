import { elevationIdSchema, type ElevationId } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import type { WantedElevation } from '@lib/guard/tenancy';
import type { StaffCaller, StaffDeps } from './staff-deps.ts';

/** Why there is no elevation. */
export type ElevationRefused = {
  readonly code:
    | 'identity.unauthenticated'
    | 'staff.authenticators_missing'
    | 'staff.tenant_unknown'
    | 'staff.requests_full'
    | 'staff.elevation_unknown'
    | 'staff.same_person';
};

/** What came of it: it has begun, or it waits for others. */
export type ElevationAsked = { readonly id: ElevationId; readonly state: 'started' | 'waiting' };

const codes: Readonly<Record<string, ElevationRefused['code']>> = {
  session_unknown: 'identity.unauthenticated',
  authenticators_missing: 'staff.authenticators_missing',
  tenant_unknown: 'staff.tenant_unknown',
  too_many: 'staff.requests_full',
  unknown: 'staff.elevation_unknown',
  same_person: 'staff.same_person',
};

/** Asks for an elevation; the database decides, and writes it into the tenant's log. Errors: `ElevationRefused`. */
export async function askElevation(
  { desk, ids }: StaffDeps,
  caller: StaffCaller,
  wanted: Omit<WantedElevation, 'id'>,
): Promise<Result<ElevationAsked, ElevationRefused>> {
  const id = elevationIdSchema.parse(ids.uuid());
  return outcomeOf(id, await desk.request(caller.hash, { id, ...wanted }));
}

/** Agrees to an elevation of somebody else. Errors: `ElevationRefused`. */
export async function approveElevation(
  { desk }: StaffDeps,
  caller: StaffCaller,
  id: ElevationId,
): Promise<Result<ElevationAsked, ElevationRefused>> {
  return outcomeOf(id, await desk.approve(caller.hash, id));
}

function outcomeOf(id: ElevationId, outcome: string): Result<ElevationAsked, ElevationRefused> {
  if (outcome === 'started' || outcome === 'waiting') return ok({ id, state: outcome });
  return err({ code: codes[outcome] ?? 'staff.elevation_unknown' });
}
