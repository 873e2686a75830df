import type { TenantId } from '@lib/contract';

/** Entries of one log in order, without a gap: `leaves[n]` has index `from + n`. `entry` is the bytes that were hashed. */
export type Delivery = {
  readonly sinkId: string;
  readonly tenantId: TenantId;
  /** Name of the log. */
  readonly log: string;
  readonly from: number;
  readonly leaves: readonly { readonly hash: Uint8Array; readonly entry: Uint8Array }[];
};

/** Why a delivery was not taken: `sink.refused` and `sink.unavailable` are the place's own answers. */
export type DeliveryError = {
  readonly code:
    | 'sink.refused'
    | 'sink.unavailable'
    | 'sink.forbidden'
    | 'outbound.url_refused'
    | 'outbound.host_unknown'
    | 'outbound.address_refused'
    | 'outbound.certificate_refused'
    | 'outbound.broken_off'
    | 'outbound.too_slow';
};

/** What several shapes say of an entry. */
export function entryText(entry: Uint8Array): string {
  return Buffer.from(entry).toString('utf8');
}

export function hashText(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex');
}
