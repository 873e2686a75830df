import type { KeyObject } from 'node:crypto';
import type { Clock, Ids } from '@lib/kernel';
import type { Tenancy } from '@lib/guard/tenancy';

/** What a tenant's side of this slice uses. */
export type AccessDeps = { readonly tenancy: Tenancy; readonly clock: Clock; readonly ids: Ids; readonly cursorKey: KeyObject };

/** Injection token of `AccessDeps`. */
export const ACCESS = Symbol('access');

/** There is no such elevation of this tenant, or nothing about it can be changed any more. */
export type ElevationNotFound = { readonly code: 'elevation.not_found' };
