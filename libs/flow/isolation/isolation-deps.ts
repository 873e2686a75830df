import type { Clock, Ids } from '@lib/kernel';
import type { LogKeys } from '@lib/guard/audit';
import type { Tenancy } from '@lib/guard/tenancy';
import type { Opener, Sealer } from '@lib/platform/kms';

/** What this slice uses. `version`: of the product that was probed. */
export type IsolationDeps = {
  readonly tenancy: Tenancy;
  readonly kms: Opener & Pick<Sealer, 'encrypt'>;
  readonly logKeys: LogKeys;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly version: string;
};

/** Injection token of `IsolationDeps`. */
export const ISOLATION = Symbol('isolation');
