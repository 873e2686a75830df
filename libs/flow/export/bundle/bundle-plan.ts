import type { ViewName } from '../views/audit-view.ts';
import type { ExportFilter } from './export-filter.ts';

/** What an export is to hold, fixed when it is asked for, so that every attempt makes the same bytes. */
export type BundlePlan = {
  readonly origin: string;
  readonly size: number;
  /** The whole signed note, with the cosignatures that it has. */
  readonly checkpoint: string;
  readonly verifierKey: string;
  readonly policy: string;
  readonly filter: ExportFilter;
  readonly views: readonly ViewName[];
  /** Leaves that get a proof of their own beside the one of the last entry. */
  readonly proofs: readonly number[];
  readonly pending: number;
  readonly createdAtMs: number;
};
