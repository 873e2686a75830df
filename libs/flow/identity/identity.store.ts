import { z } from 'zod';
import {
  instantSchema,
  tenantIdSchema,
  tokenIdSchema,
  tokenScopeSchema,
  type MemberId,
  type TenantView,
  type TokenId,
  type TokenScope,
  type TokenView,
} from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const tenantRowSchema = z.object({
  tenant_id: tenantIdSchema,
  name: z.string(),
  created_at: instantSchema,
  state: z.enum(['open', 'closing', 'closed']),
  closes_at: instantSchema.nullable(),
});

/** Reads the tenant of the transaction. */
export async function findTenant(tx: TenantTx): Promise<TenantView | undefined> {
  const rows = await tx.query(sql('identity.find-tenant')`
    select tenant_id, name, created_at, state, closes_at from app.tenant where tenant_id = ${tx.context.tenantId}`);
  if (rows[0] === undefined) return undefined;
  const row = tenantRowSchema.parse(rows[0]);
  return { id: row.tenant_id, name: row.name, createdAt: row.created_at, state: row.state, closesAt: row.closes_at };
}

/** Makes the tenant of the transaction. */
export async function insertTenant(tx: TenantTx, name: string): Promise<void> {
  await tx.query(sql('identity.create-tenant')`select identity.create_tenant(${tx.context.tenantId}, ${name})`);
}

const tokenRowSchema = z.object({
  id: tokenIdSchema,
  name: z.string(),
  scope: tokenScopeSchema,
  created_at: instantSchema,
  expires_at: instantSchema,
  revoked_at: instantSchema.nullable(),
  last_used_at: instantSchema.nullable(),
});

/** Where a page of tokens goes on. */
export type TokenPosition = { readonly createdAt: string; readonly id: string };

/** Reads tokens, newest first, one more than asked for. */
export async function findTokens(tx: TenantTx, after: TokenPosition | undefined, limit: number): Promise<readonly TokenView[]> {
  const rows = await tx.query(sql('identity.list-tokens')`
    select t.id, t.name, t.scope, t.created_at, t.expires_at, t.revoked_at, u.last_used_at from (
      select id, name, scope, created_at, expires_at, revoked_at from app.api_token
      where tenant_id = ${tx.context.tenantId}
      and (${after?.id ?? null}::uuid is null or (created_at, id) < (${after?.createdAt ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by created_at desc, id desc limit ${limit + 1}) t
    left join lateral identity.last_uses(array[t.id]) u on true
    order by t.created_at desc, t.id desc`);
  return rows.map((given) => {
    const row = tokenRowSchema.parse(given);
    return {
      id: row.id,
      name: row.name,
      scope: row.scope,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      revokedAt: row.revoked_at,
      lastUsedAt: row.last_used_at,
    };
  });
}

/** A token as it is written; `memberId` is set when a member made it, who then bounds it. */
export type NewToken = Omit<TokenView, 'revokedAt' | 'lastUsedAt'> & { readonly memberId: MemberId | null };

/** Writes a token. */
export async function insertToken(tx: TenantTx, token: NewToken): Promise<void> {
  await tx.query(sql('identity.insert-token')`
    insert into app.api_token (tenant_id, id, name, scope, created_at, expires_at, member_id)
    values (${tx.context.tenantId}, ${token.id}, ${token.name}, ${token.scope}, ${token.createdAt}, ${token.expiresAt}, ${token.memberId})`);
}

const revokedSchema = z.object({ known: z.boolean(), changed: z.boolean() });

/** Marks a token revoked, once. */
export async function updateTokenRevoked(tx: TenantTx, tokenId: TokenId): Promise<{ readonly known: boolean; readonly changed: boolean }> {
  const rows = await tx.query(sql('identity.revoke-token')`
    with changed as (
      update app.api_token set revoked_at = now()
      where tenant_id = ${tx.context.tenantId} and id = ${tokenId} and revoked_at is null returning id
    )
    select exists (select from app.api_token where tenant_id = ${tx.context.tenantId} and id = ${tokenId}) as known,
      exists (select from changed) as changed`);
  return revokedSchema.parse(rows[0]);
}

/** A dashboard session as it is written; `tokenId` is set when it was started with an API token. */
export type NewSession = {
  readonly id: string;
  readonly scope: TokenScope;
  readonly tokenId: string | null;
  readonly memberId: MemberId | null;
  /** Browser and system in a few words. */
  readonly client: string;
  readonly expiresAt: string;
  readonly by: 'code' | 'token' | 'passkey' | 'sso' | 'invitation';
};

/** Writes a session. */
export async function insertSession(tx: TenantTx, session: NewSession): Promise<void> {
  await tx.query(sql('identity.insert-session')`
    insert into app.session (tenant_id, id, scope, token_id, member_id, client, expires_at, begun_by)
    values (${tx.context.tenantId}, ${session.id}, ${session.scope}, ${session.tokenId}, ${session.memberId}, ${session.client}, ${session.expiresAt},
      ${session.by})`);
}

/** Ends a session and its credential, once. */
export async function endSessionRow(tx: TenantTx, sessionId: string): Promise<boolean> {
  const rows = await tx.query(sql('identity.end-session')`
    with ended as (
      update app.session set ended_at = now()
      where tenant_id = ${tx.context.tenantId} and id = ${sessionId} and ended_at is null returning id
    )
    select identity.revoke_credential(id) from ended`);
  return rows.length > 0;
}

/** Ends every session that was started with a token, and their credentials. */
export async function endSessionsOfToken(tx: TenantTx, tokenId: TokenId): Promise<void> {
  await tx.query(sql('identity.end-sessions-of-token')`
    with ended as (
      update app.session set ended_at = now()
      where tenant_id = ${tx.context.tenantId} and token_id = ${tokenId} and ended_at is null returning id
    )
    select identity.revoke_credential(id) from ended`);
}

/** A bearer secret by its hash. */
export type NewCredential = {
  readonly hash: Uint8Array;
  readonly kind: 'token' | 'session' | 'code' | 'invitation';
  readonly subjectId: string;
  readonly scope: TokenScope;
  readonly expiresAt: string;
  readonly memberId: MemberId | null;
  /** A person signs in with it, and not a program. */
  readonly person?: boolean;
  /** It ends when it was not used for so long. */
  readonly idleSeconds?: number;
};

/** Makes a secret's hash open what it stands for. */
export async function insertCredential(tx: TenantTx, credential: NewCredential): Promise<void> {
  await tx.query(sql('identity.register-credential')`
    select identity.register_credential(${credential.hash}, ${credential.kind}, ${credential.subjectId}::uuid, ${credential.scope},
      ${credential.expiresAt}::timestamptz, ${credential.memberId}::uuid, ${credential.person ?? false}, ${credential.idleSeconds ?? null}::integer)`);
}

/** Closes every secret of a subject. */
export async function revokeCredentials(tx: TenantTx, subjectId: string): Promise<void> {
  await tx.query(sql('identity.revoke-credential')`select identity.revoke_credential(${subjectId}::uuid)`);
}
