import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { err, ok, type Result } from '@lib/kernel';
import { isPublicAddress } from './is-public-address.ts';

/** Which addresses may be spoken to and how names are resolved: those of the internet, or a test's own. */
export type Reach = {
  readonly mayReach: (address: string) => boolean;
  readonly resolve: (host: string) => Promise<readonly string[]>;
  /** `http:` exists for servers of tests. */
  readonly protocols: readonly ('https:' | 'http:')[];
};

/** What the product uses: public addresses, over TLS. */
export const publicReach: Reach = {
  mayReach: isPublicAddress,
  resolve: async (host) => (await lookup(host, { all: true, order: 'verbatim' })).map(({ address }) => address),
  protocols: ['https:'],
};

/** There is no such host, or it has an address that is not ours to speak to. */
export type AddressRefused = { readonly code: 'outbound.host_unknown' | 'outbound.address_refused' };

/**
 * Resolves a host once, and answers one address to connect to: whoever connects uses this and does not resolve again (rebinding). One
 * address of several that may not be reached refuses the host. Errors: `outbound.host_unknown`, `outbound.address_refused`. Source: CWE-918.
 */
export async function findAddress(reach: Reach, hostname: string): Promise<Result<string, AddressRefused>> {
  const host = hostname.replace(/^\[|\]$/gu, '');
  const addresses = isIP(host) === 0 ? await reach.resolve(host).catch(() => []) : [host];
  const [first] = addresses;
  if (first === undefined) return err({ code: 'outbound.host_unknown' });
  return addresses.every((address) => reach.mayReach(address)) ? ok(first) : err({ code: 'outbound.address_refused' });
}
