import type { setSso as route } from '@lib/contract';
import { Fault, err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import type { TenantTx } from '@lib/guard/tenancy';
import type { Call } from '@lib/platform/http';
import { replaceGroupRoles } from '../group-role.store.ts';
import type { IdentityDeps } from '../identity-deps.ts';
import { domainHash, entryHash, makeEntry, ssoSecretContext } from '../sso-secrets.ts';
import { readSsoState, type SsoState } from '../sso-view.ts';
import {
  deleteSsoProvider,
  endOtherSessions,
  findSsoDomains,
  findSsoProvider,
  forgetSsoEntry,
  insertSsoProvider,
  registerSsoEntry,
  replaceSsoDomains,
  updateSsoProvider,
  type SsoProvider,
} from '../sso.store.ts';

/** Why the provider is not taken. */
export type SsoNotSet = { readonly code: 'sso.secret_needed' | 'sso.provider_unfit' | 'sso.provider_unreachable' };

type Given = Pick<Call<typeof route>, 'caller' | 'body' | 'slot' | 'origin'>;
type Plan = {
  readonly before: SsoProvider | undefined;
  readonly provider: Omit<SsoProvider, 'createdAt'>;
  readonly secret: Uint8Array | undefined;
};

/**
 * Takes a provider, after it was asked what it says of itself. Another issuer or client is another provider: whom the last one knew is
 * not known to it. Where it becomes the only way in, sessions that were begun otherwise end, but for those of owners, who keep a way
 * in when the provider is away. Errors: `SsoNotSet`. Faults: `db.conflict` when another change came in between.
 */
export async function setSso(deps: IdentityDeps, given: Given): Promise<Result<SsoState, SsoNotSet>> {
  const { caller, body, slot, origin } = given;
  const before = await deps.tenancy.withTenantOnce(caller, 'find the provider', findSsoProvider);
  const isSame = before?.issuer === body.issuer && before.clientId === body.clientId;
  if (!isSame && body.clientSecret === undefined) return err({ code: 'sso.secret_needed' });
  const checked = await deps.oidc.check(body);
  if (!checked.ok) return err({ code: checked.error.code === 'oidc.unavailable' ? 'sso.provider_unreachable' : 'sso.provider_unfit' });
  const id = isSame ? before.id : deps.ids.uuid();
  const provider = { ...body, id, entry: before?.entry ?? makeEntry() };
  const secret = body.clientSecret === undefined ? undefined : await seal(deps, given, id);
  return deps.tenancy.withTenant(caller, 'set the provider', async (tx) => {
    await keepProvider(tx, { before, provider, secret });
    await keepDomains(tx, id, body.domains);
    await replaceGroupRoles(tx, body.groupRoles);
    const ended = body.required ? await endOtherSessions(tx) : 0;
    const detail = {
      host: new URL(body.issuer).host,
      required: body.required,
      domains: body.domains.length,
      groups: body.groupRoles.length,
      ended,
    };
    await recordAudit(tx, { action: 'sso.configured', targets: [{ type: 'sso_provider', id }], outcome: 'success', detail }, deps);
    const state = await readSsoState(tx, deps, origin);
    await keepAnswer(tx, slot, { status: 200, value: state });
    return ok(state);
  });
}

async function seal(deps: IdentityDeps, { caller, body }: Given, id: string): Promise<Uint8Array> {
  const sealed = await deps.kms.encrypt(ssoSecretContext(caller.tenantId, id), Buffer.from(body.clientSecret ?? '', 'utf8'));
  if (!sealed.ok) throw new Fault('kms.unavailable', { internal: `the tenant's key: ${sealed.error.code}` });
  return sealed.value;
}

async function keepProvider(tx: TenantTx, { before, provider, secret }: Plan): Promise<void> {
  const found = await findSsoProvider(tx);
  if (found?.id !== before?.id) throw new Fault('db.conflict', { internal: 'the provider was changed in between' });
  if (found?.id === provider.id) return updateSsoProvider(tx, { ...provider, secret });
  if (found !== undefined) await deleteSsoProvider(tx);
  if (secret === undefined) throw new Fault('db.conflict', { internal: 'a new provider without its secret' });
  await insertSsoProvider(tx, { ...provider, secret });
  await registerSsoEntry(tx, entryHash(provider.entry), provider.id);
}

/** A proven domain leads to the provider that is there now. */
async function keepDomains(tx: TenantTx, providerId: string, domains: readonly string[]): Promise<void> {
  for (const gone of await replaceSsoDomains(tx, domains)) await forgetSsoEntry(tx, domainHash(gone));
  for (const { domain, provenAt } of await findSsoDomains(tx))
    if (provenAt !== null) await registerSsoEntry(tx, domainHash(domain), providerId);
}
