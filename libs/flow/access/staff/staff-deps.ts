import type { KeyObject } from 'node:crypto';
import type { ElevationId } from '@lib/contract';
import type { Clock, Ids } from '@lib/kernel';
import type { OpenElevation, StaffDesk, StaffLogin, StaffSelf, Tenancy } from '@lib/guard/tenancy';

/** What the program of staff uses. `tenancy` and `open` are on the pool of `aegis_staff`. */
export type StaffDeps = {
  readonly login: StaffLogin;
  readonly desk: StaffDesk;
  readonly tenancy: Pick<Tenancy, 'withTenant'>;
  readonly open: (of: { readonly sessionHash: Uint8Array; readonly elevationId: ElevationId }) => Promise<OpenElevation | undefined>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly challengeKey: KeyObject;
};

/** A person of staff who is signed in, and the digest of their session's secret. */
export type StaffCaller = StaffSelf & { readonly hash: Uint8Array };
