import type { proveSsoDomains as route, TenantId } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import type { TenantTx } from '@lib/guard/tenancy';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { domainHash, domainRecord } from '../sso-secrets.ts';
import { readSsoState, type SsoState } from '../sso-view.ts';
import { findSsoDomains, findSsoProvider, forgetSsoEntry, registerSsoEntry, updateSsoDomain, type SsoDomain } from '../sso.store.ts';

type Asked = SsoDomain & { readonly isProven: boolean };

/**
 * Asks the name server of each domain whether it is this tenant's. Only then does an address of it lead here: else anybody could lead
 * people of another company to a provider of theirs. A name server that does not answer changes nothing. Errors: `sso.not_configured`.
 */
export async function proveSsoDomains(
  deps: IdentityDeps,
  { caller, slot, origin }: Pick<Call<typeof route>, 'caller' | 'slot' | 'origin'>,
): Promise<Result<SsoState, { readonly code: 'sso.not_configured' }>> {
  const known = await deps.tenancy.withTenantOnce(caller, 'find the domains', findSsoDomains);
  const asked = await Promise.all(known.map((domain) => ask(deps, caller.tenantId, domain)));
  return deps.tenancy.withTenant(caller, 'prove the domains', async (tx) => {
    const provider = await findSsoProvider(tx);
    if (provider === undefined) return err({ code: 'sso.not_configured' });
    for (const domain of asked) await note(tx, provider.id, domain);
    const proven = asked.filter(({ isProven }) => isProven).length;
    const targets = [{ type: 'sso_provider', id: provider.id }];
    const detail = { proven, unproven: asked.length - proven };
    await recordAudit(tx, { action: 'sso.domains_proven', targets, outcome: 'success', detail }, deps);
    const state = await readSsoState(tx, deps, origin);
    await keepAnswer(tx, slot, { status: 200, value: state });
    return ok(state);
  });
}

async function ask(deps: IdentityDeps, tenantId: TenantId, domain: SsoDomain): Promise<Asked> {
  const { name, value } = domainRecord(deps.domainKey, tenantId, domain.domain);
  const records = await deps.findTextRecords(name);
  return { ...domain, isProven: records === undefined ? domain.provenAt !== null : records.includes(value) };
}

async function note(tx: TenantTx, providerId: string, { domain, provenAt, isProven }: Asked): Promise<void> {
  if (isProven) await registerSsoEntry(tx, domainHash(domain), providerId);
  else await forgetSsoEntry(tx, domainHash(domain));
  if (isProven !== (provenAt !== null)) await updateSsoDomain(tx, domain, isProven);
}
