import type { SsoView } from '@lib/contract';
import { siteOf } from '@lib/guard/presence';
import type { TenantTx } from '@lib/guard/tenancy';
import { findGroupRoles } from './group-role.store.ts';
import type { IdentityDeps } from './identity-deps.ts';
import { domainRecord, ssoRedirectUri } from './sso-secrets.ts';
import { findSsoDomains, findSsoProvider, type SsoProvider } from './sso.store.ts';

/** The provider as its owner sees it, and where it has to send people back to. */
export type SsoState = { readonly sso: SsoView | null; readonly redirectUri: string | null };

/** Reads both. */
export async function readSsoState(tx: TenantTx, deps: Pick<IdentityDeps, 'domainKey'>, origin: string | undefined): Promise<SsoState> {
  const provider = await findSsoProvider(tx);
  const site = siteOf(origin);
  return {
    sso: provider === undefined ? null : await viewOf(tx, deps, provider),
    redirectUri: site.ok ? ssoRedirectUri(site.value.origin) : null,
  };
}

async function viewOf(tx: TenantTx, { domainKey }: Pick<IdentityDeps, 'domainKey'>, provider: SsoProvider): Promise<SsoView> {
  const { issuer, clientId, entry, defaultRole, roleClaim, required, createdAt } = provider;
  const [domains, groupRoles] = await Promise.all([findSsoDomains(tx), findGroupRoles(tx)]);
  const { tenantId } = tx.context;
  return {
    issuer,
    clientId,
    domains: domains.map(({ domain, provenAt }) => ({ domain, provenAt, record: domainRecord(domainKey, tenantId, domain) })),
    defaultRole,
    roleClaim,
    groupRoles: [...groupRoles],
    required,
    entryPath: `/sign-in?company=${entry}`,
    createdAt,
  };
}
