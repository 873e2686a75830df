import { z } from 'zod';
import { givenRoleSchema, instantSchema, limits, memberIdSchema, roleSchema, type GivenRole, type MemberId } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const providerSchema = z.object({
  id: z.uuid(),
  issuer: z.string(),
  client_id: z.string(),
  entry: z.string(),
  default_role: givenRoleSchema.nullable(),
  role_claim: z.string().nullable(),
  required: z.boolean(),
  created_at: instantSchema,
});

/** A company's provider as it is kept, without its secret. */
export type SsoProvider = {
  readonly id: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly entry: string;
  readonly defaultRole: GivenRole | null;
  readonly roleClaim: string | null;
  readonly required: boolean;
  readonly createdAt: string;
};

/** The provider, locked until the transaction ends where `forChange` is said. */
export async function findSsoProvider(tx: TenantTx): Promise<SsoProvider | undefined> {
  const rows = await tx.query(sql('identity.find-sso-provider')`
    select id, issuer, client_id, entry, default_role, role_claim, required, created_at from app.sso_provider
    where tenant_id = ${tx.context.tenantId}`);
  if (rows[0] === undefined) return undefined;
  const {
    client_id: clientId,
    default_role: defaultRole,
    role_claim: roleClaim,
    created_at: createdAt,
    ...row
  } = providerSchema.parse(rows[0]);
  return { ...row, clientId, defaultRole, roleClaim, createdAt };
}

const requiredSchema = z.object({ required: z.boolean() });

/** Whether members other than owners sign in at the provider and in no other way. */
export async function isSsoRequired(tx: TenantTx): Promise<boolean> {
  const rows = await tx.query(sql('identity.sso-required')`select required from app.sso_provider where tenant_id = ${tx.context.tenantId}`);
  return rows[0] !== undefined && requiredSchema.parse(rows[0]).required;
}

/** Writes a provider. */
export async function insertSsoProvider(
  tx: TenantTx,
  provider: Omit<SsoProvider, 'createdAt'> & { readonly secret: Uint8Array },
): Promise<void> {
  await tx.query(sql('identity.insert-sso-provider')`
    insert into app.sso_provider (tenant_id, id, issuer, client_id, secret, entry, default_role, role_claim, required)
    values (${tx.context.tenantId}, ${provider.id}, ${provider.issuer}, ${provider.clientId}, ${provider.secret}, ${provider.entry},
      ${provider.defaultRole}, ${provider.roleClaim}, ${provider.required})`);
}

/** Changes what may change of a provider; its secret stays where none is given. */
export async function updateSsoProvider(
  tx: TenantTx,
  provider: Pick<SsoProvider, 'id' | 'defaultRole' | 'roleClaim' | 'required'> & { readonly secret: Uint8Array | undefined },
): Promise<void> {
  await tx.query(sql('identity.update-sso-provider')`
    update app.sso_provider set default_role = ${provider.defaultRole}, role_claim = ${provider.roleClaim}, required = ${provider.required},
      secret = coalesce(${provider.secret ?? null}::bytea, secret)
    where tenant_id = ${tx.context.tenantId} and id = ${provider.id}`);
}

/** Forgets the provider, whom it knew, and how it was found; answers its id. */
export async function deleteSsoProvider(tx: TenantTx): Promise<string | undefined> {
  const rows = await tx.query(sql('identity.delete-sso-provider')`
    delete from app.sso_provider where tenant_id = ${tx.context.tenantId} returning id`);
  await tx.query(sql('identity.forget-sso-entries')`select identity.forget_sso_entry(null)`);
  return rows[0] === undefined ? undefined : z.object({ id: z.uuid() }).parse(rows[0]).id;
}

/** Lets an entry or a domain, by digest, lead to a provider. */
export async function registerSsoEntry(tx: TenantTx, hash: Uint8Array, providerId: string): Promise<void> {
  await tx.query(sql('identity.register-sso-entry')`select identity.register_sso_entry(${hash}, ${providerId}::uuid)`);
}

/** From then on it leads nowhere. */
export async function forgetSsoEntry(tx: TenantTx, hash: Uint8Array): Promise<void> {
  await tx.query(sql('identity.forget-sso-entry')`select identity.forget_sso_entry(${hash})`);
}

const domainSchema = z.object({ domain: z.string(), proven_at: instantSchema.nullable() });

/** A domain that the provider may speak for. */
export type SsoDomain = { readonly domain: string; readonly provenAt: string | null };

/** The domains, in their order. */
export async function findSsoDomains(tx: TenantTx): Promise<readonly SsoDomain[]> {
  const rows = await tx.query(sql('identity.list-sso-domains')`
    select domain, proven_at from app.sso_domain where tenant_id = ${tx.context.tenantId} order by domain limit ${limits.ssoDomainsMax}`);
  return rows.map((given) => {
    const row = domainSchema.parse(given);
    return { domain: row.domain, provenAt: row.proven_at };
  });
}

/** Makes the domains these and no others; answers those that went. What was proven of one that stays, stays. */
export async function replaceSsoDomains(tx: TenantTx, domains: readonly string[]): Promise<readonly string[]> {
  const rows = await tx.query(sql('identity.remove-sso-domains')`
    delete from app.sso_domain where tenant_id = ${tx.context.tenantId} and domain <> all (${domains}::text[]) returning domain`);
  await tx.query(sql('identity.insert-sso-domains')`
    insert into app.sso_domain (tenant_id, domain) select ${tx.context.tenantId}, d from unnest(${domains}::text[]) d
    on conflict (tenant_id, domain) do nothing`);
  return rows.map((row) => z.object({ domain: z.string() }).parse(row).domain);
}

/** Notes whether a domain's name server says that it is this tenant's. */
export async function updateSsoDomain(tx: TenantTx, domain: string, isProven: boolean): Promise<void> {
  await tx.query(sql('identity.prove-sso-domain')`
    update app.sso_domain set proven_at = case when ${isProven}::boolean then clock_timestamp() end
    where tenant_id = ${tx.context.tenantId} and domain = ${domain}`);
}

const linkedSchema = z.object({ member_id: memberIdSchema, role: roleSchema, state: z.enum(['active', 'leaving', 'gone']) });

/** Who a person at the provider is here, and locks that member. */
export async function lockSsoPerson(tx: TenantTx, providerId: string, subject: Uint8Array) {
  const rows = await tx.query(sql('identity.lock-sso-person')`
    select m.id as member_id, m.role, m.state from app.sso_person p join app.member m on m.tenant_id = p.tenant_id and m.id = p.member_id
    where p.tenant_id = ${tx.context.tenantId} and p.provider_id = ${providerId} and p.subject_sha256 = ${subject} for update of m`);
  return rows[0] === undefined ? undefined : linkedSchema.parse(rows[0]);
}

/** The member of an address who has not left for good, locked. */
export async function lockMemberByEmail(tx: TenantTx, email: string) {
  const rows = await tx.query(sql('identity.lock-member-by-email')`
    select id as member_id, role, state from app.member
    where tenant_id = ${tx.context.tenantId} and email = ${email} and state <> 'gone' for update`);
  return rows[0] === undefined ? undefined : linkedSchema.parse(rows[0]);
}

/** Notes who a person at the provider is; somebody who has left for good gives way to who they are now. */
export async function linkSsoPerson(
  tx: TenantTx,
  { providerId, subject, memberId }: { readonly providerId: string; readonly subject: Uint8Array; readonly memberId: MemberId },
): Promise<void> {
  await tx.query(sql('identity.link-sso-person')`
    insert into app.sso_person (tenant_id, provider_id, subject_sha256, member_id)
    values (${tx.context.tenantId}, ${providerId}, ${subject}, ${memberId})
    on conflict (tenant_id, provider_id, subject_sha256) do update set member_id = excluded.member_id, linked_at = clock_timestamp()`);
}

/** Ends the sessions of members other than owners that were not begun at the provider; answers how many. */
export async function endOtherSessions(tx: TenantTx): Promise<number> {
  const rows = await tx.query(sql('identity.end-other-sessions')`
    with ended as (
      update app.session s set ended_at = now() from app.member m
      where s.tenant_id = ${tx.context.tenantId} and s.ended_at is null and s.token_id is null and s.begun_by is distinct from 'sso'
        and m.tenant_id = s.tenant_id and m.id = s.member_id and m.role <> 'owner' returning s.id
    )
    select identity.revoke_credential(id) from ended`);
  return rows.length;
}
