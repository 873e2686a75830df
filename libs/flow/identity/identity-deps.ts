import type { KeyObject } from 'node:crypto';
import type { Clock, Ids } from '@lib/kernel';
import type { Identity, Tenancy } from '@lib/guard/tenancy';

/** What the verbs of this slice use. */
export type IdentityDeps = {
  readonly tenancy: Tenancy;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly cursorKey: KeyObject;
  readonly challengeKey: KeyObject;
};

/** Injection token of `IdentityDeps`. */
export const IDENTITY = Symbol('identity');
