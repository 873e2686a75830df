import type { KeyObject } from 'node:crypto';
import type { Clock, Ids } from '@lib/kernel';
import type { OpenDeps } from '@lib/guard/evidence';
import type { Tenancy } from '@lib/guard/tenancy';

/** What the verbs of this slice use. */
export type ReviewDeps = OpenDeps & {
  readonly tenancy: Tenancy;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly cursorKey: KeyObject;
};

/** Injection token of `ReviewDeps`. */
export const REVIEW = Symbol('review');

/** There is no such claim, or it is another tenant's. */
export type SuppressionNotFound = { readonly code: 'suppression.not_found' };

/** There is no such finding, or it is another tenant's. */
export type FindingNotFound = { readonly code: 'finding.not_found' };
