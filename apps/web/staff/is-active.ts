import type { StaffElevationView } from '@lib/contract';

/** Whether an elevation shows something now, by this browser's clock; the database decides by its own. Units: ms. */
export function isActive({ startedAt, expiresAt, endedAt }: StaffElevationView, nowMs: number): boolean {
  return startedAt !== null && endedAt === null && expiresAt !== null && Date.parse(expiresAt) > nowMs;
}
