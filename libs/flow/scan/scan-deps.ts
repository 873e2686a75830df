import type { KeyObject } from 'node:crypto';
import type { Clock, Ids } from '@lib/kernel';
import type { Tenancy } from '@lib/guard/tenancy';
import type { StreamCounter } from './stream-scan/stream-counter.ts';

/**
 * What the endpoints of this slice use. `streams` counts the live views that are open in this process. `workDirectory`: where imported
 * results wait for the worker; without it none are taken.
 */
export type ScanDeps = {
  readonly tenancy: Tenancy;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly cursorKey: KeyObject;
  readonly streams: StreamCounter;
  readonly workDirectory: string | undefined;
};

/** Injection token of `ScanDeps`. */
export const SCAN = Symbol('scan');

/** There is no such scan, or it is another tenant's. */
export type ScanNotFound = { readonly code: 'scan.not_found' };
