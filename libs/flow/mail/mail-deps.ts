import type { KeyObject } from 'node:crypto';
import type { Clock, Ids } from '@lib/kernel';
import type { Tenancy } from '@lib/guard/tenancy';

/** What a tenant's side of this slice uses. */
export type MailDeps = { readonly tenancy: Tenancy; readonly clock: Clock; readonly ids: Ids; readonly cursorKey: KeyObject };

/** Injection token of `MailDeps`. */
export const MAIL = Symbol('mail');
