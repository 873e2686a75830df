import type { KeyObject } from 'node:crypto';
import type { Clock, Ids } from '@lib/kernel';
import type { Tenancy } from '@lib/guard/tenancy';

/** What presence is checked with. `challengeKey` has at most 64 bytes, and all processes of the API have the same. */
export type PresenceDeps = { readonly tenancy: Tenancy; readonly clock: Clock; readonly ids: Ids; readonly challengeKey: KeyObject };
