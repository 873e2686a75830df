import type { Clock, Ids } from '@lib/kernel';
import type { Tenancy } from '@lib/guard/tenancy';

/** What the verbs of this slice use. */
export type ClosingDeps = { readonly tenancy: Tenancy; readonly clock: Clock; readonly ids: Ids };

/** Injection token of `ClosingDeps`. */
export const CLOSING = Symbol('closing');
