import { createHash, createHmac, randomBytes, type KeyObject } from 'node:crypto';
import type { TenantId } from '@lib/contract';
import type { EnvelopeContext } from '@lib/platform/kms';

/** What the secret of a provider's client is sealed under. */
export function ssoSecretContext(tenantId: TenantId, providerId: string): EnvelopeContext {
  return { tenantId, purpose: 'sso-secret', objectId: providerId, version: 1 };
}

/** What stands in the address that a company gives to its people: 128 random bits, base64url. */
export function makeEntry(): string {
  return randomBytes(16).toString('base64url');
}

/** How an entry is looked up. */
export function entryHash(entry: string): Uint8Array {
  return createHash('sha256')
    .update(JSON.stringify(['sso entry', entry]))
    .digest();
}

/** How a domain is looked up. */
export function domainHash(domain: string): Uint8Array {
  return createHash('sha256')
    .update(JSON.stringify(['sso domain', domain]))
    .digest();
}

/** Where a company's provider sends its people back to: this address and no other. */
export function ssoRedirectUri(origin: string): string {
  return `${origin}/sign-in/company`;
}

/** The record by which the name server of a domain says that it is a tenant's. Nobody makes one for another tenant. */
export function domainRecord(key: KeyObject, tenantId: TenantId, domain: string): { readonly name: string; readonly value: string } {
  const mac = createHmac('sha256', key)
    .update(JSON.stringify(['aegis domain', tenantId, domain]))
    .digest('base64url');
  return { name: `_aegis.${domain}`, value: `aegis-domain=${mac}` };
}
