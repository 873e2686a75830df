import { z } from 'zod';
import {
  ciTrustIdSchema,
  instantSchema,
  limits,
  repositoryIdSchema,
  type CiTrustId,
  type CiTrustView,
  type RepositoryId,
  type TokenId,
} from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const rowSchema = z.object({
  id: ciTrustIdSchema,
  repository_id: repositoryIdSchema,
  issuer: z.string(),
  forge_repository_id: z.string(),
  forge_owner_id: z.string(),
  refs: z.array(z.string()),
  environments: z.array(z.string()),
  minutes: z.int(),
  created_at: instantSchema,
});

/** What is trusted, oldest first. */
export async function findCiTrustRows(tx: TenantTx): Promise<readonly CiTrustView[]> {
  const rows = await tx.query(sql('identity.list-ci-trusts')`
    select id, repository_id, issuer, forge_repository_id, forge_owner_id, refs, environments, minutes, created_at from app.ci_trust
    where tenant_id = ${tx.context.tenantId} order by created_at, id limit ${limits.ciTrustsMax}`);
  return rows.map((given) => {
    const row = rowSchema.parse(given);
    return {
      id: row.id,
      repositoryId: row.repository_id,
      issuer: row.issuer,
      forgeRepositoryId: row.forge_repository_id,
      forgeOwnerId: row.forge_owner_id,
      refs: row.refs,
      environments: row.environments,
      minutes: row.minutes,
      createdAt: row.created_at,
    };
  });
}

/** Writes what is trusted; answers false where there is no such repository. */
export async function insertCiTrust(tx: TenantTx, trust: CiTrustView): Promise<boolean> {
  const rows = await tx.query(sql('identity.insert-ci-trust')`
    insert into app.ci_trust (tenant_id, id, repository_id, issuer, forge_repository_id, forge_owner_id, refs, environments, minutes, created_at)
    select r.tenant_id, ${trust.id}, r.id, ${trust.issuer}, ${trust.forgeRepositoryId}, ${trust.forgeOwnerId}, ${trust.refs}::text[],
      ${trust.environments}::text[], ${trust.minutes}, ${trust.createdAt}
    from app.repository r where r.tenant_id = ${tx.context.tenantId} and r.id = ${trust.repositoryId} returning 1 as made`);
  return rows.length === 1;
}

/** Forgets what was trusted; answers whether it was there. */
export async function deleteCiTrust(tx: TenantTx, id: CiTrustId): Promise<boolean> {
  const rows = await tx.query(sql('identity.delete-ci-trust')`
    delete from app.ci_trust where tenant_id = ${tx.context.tenantId} and id = ${id} returning 1 as gone`);
  return rows.length === 1;
}

/** A token that a workflow gets. */
export type CiToken = {
  readonly id: TokenId;
  readonly name: string;
  readonly repositoryId: RepositoryId;
  readonly hash: Uint8Array;
  readonly createdAt: string;
  readonly expiresAt: string;
};

/** Writes a token that reaches one repository. */
export async function insertCiToken(tx: TenantTx, token: CiToken): Promise<void> {
  await tx.query(sql('identity.insert-ci-token')`
    insert into app.api_token (tenant_id, id, name, scope, created_at, expires_at, repository_id)
    values (${tx.context.tenantId}, ${token.id}, ${token.name}, 'ci', ${token.createdAt}, ${token.expiresAt}, ${token.repositoryId})`);
  await tx.query(sql('identity.register-ci-credential')`
    select identity.register_ci_credential(${token.hash}, ${token.id}::uuid, ${token.expiresAt}::timestamptz, ${token.repositoryId}::uuid)`);
}
