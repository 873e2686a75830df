import { z } from 'zod';
import { instantSchema, limits, passkeyIdSchema, type MemberId, type PasskeyId } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const rowSchema = z.object({
  id: passkeyIdSchema,
  name: z.string(),
  credential_id: z.instanceof(Uint8Array),
  public_key: z.instanceof(Uint8Array),
  created_at: instantSchema,
  last_used_at: instantSchema.nullable(),
});

/** A passkey of a member. `credentialId` is base64url, `publicKey` a COSE key. */
export type MemberPasskey = {
  readonly id: PasskeyId;
  readonly name: string;
  readonly credentialId: string;
  readonly publicKey: Uint8Array;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
};

/** A member's passkeys, oldest first; there are at most `limits.passkeysPerMemberMax`. */
export async function findPasskeys(tx: TenantTx, memberId: MemberId): Promise<readonly MemberPasskey[]> {
  const rows = await tx.query(sql('presence.list')`
    select id, name, credential_id, public_key, created_at, last_used_at from app.passkey
    where tenant_id = ${tx.context.tenantId} and member_id = ${memberId} order by created_at, id limit ${limits.passkeysPerMemberMax}`);
  return rows.map((given) => {
    const row = rowSchema.parse(given);
    return {
      id: row.id,
      name: row.name,
      credentialId: Buffer.from(row.credential_id).toString('base64url'),
      publicKey: row.public_key,
      createdAt: row.created_at,
      lastUsedAt: row.last_used_at,
    };
  });
}

const countSchema = z.object({ n: z.int() });

/** How many passkeys a member has. */
export async function countPasskeys(tx: TenantTx, memberId: MemberId): Promise<number> {
  const rows = await tx.query(sql('presence.count')`
    select count(*)::integer as n from app.passkey where tenant_id = ${tx.context.tenantId} and member_id = ${memberId}`);
  return countSchema.parse(rows[0]).n;
}

/** Keeps a passkey; answers false when one of that id is kept already, whoever's it is. */
export async function insertPasskey(
  tx: TenantTx,
  passkey: {
    readonly id: PasskeyId;
    readonly memberId: MemberId;
    readonly name: string;
    readonly credentialId: Uint8Array;
    readonly publicKey: Uint8Array;
    readonly counter: number;
    readonly createdAt: string;
  },
): Promise<boolean> {
  const rows = await tx.query(sql('presence.insert')`
    insert into app.passkey (tenant_id, id, member_id, name, credential_id, public_key, counter, created_at)
    values (${tx.context.tenantId}, ${passkey.id}, ${passkey.memberId}, ${passkey.name}, ${passkey.credentialId}, ${passkey.publicKey},
      ${passkey.counter}, ${passkey.createdAt})
    returning 1 as kept`);
  return rows.length === 1;
}

/** Moves a passkey's counter up; answers false when it did not go up and is not one that never counts. */
export async function moveCounter(tx: TenantTx, passkeyId: PasskeyId, counter: number): Promise<boolean> {
  const rows = await tx.query(sql('presence.move')`
    update app.passkey set counter = ${counter}, last_used_at = clock_timestamp()
    where tenant_id = ${tx.context.tenantId} and id = ${passkeyId} and (${counter}::bigint > counter or ${counter}::bigint = 0 and counter = 0)
    returning 1 as moved`);
  return rows.length === 1;
}

/** Forgets a passkey of a member; answers whether there was one. */
export async function removePasskeyRow(tx: TenantTx, memberId: MemberId, passkeyId: PasskeyId): Promise<boolean> {
  const rows = await tx.query(sql('presence.remove')`
    delete from app.passkey where tenant_id = ${tx.context.tenantId} and member_id = ${memberId} and id = ${passkeyId} returning 1 as gone`);
  return rows.length === 1;
}

const spentSchema = z.object({ spent: z.boolean() });

/** Spends a challenge; answers false when it was spent before. */
export async function spendChallenge(
  tx: TenantTx,
  { hash, expiresAt }: { readonly hash: Uint8Array; readonly expiresAt: string },
): Promise<boolean> {
  const rows = await tx.query(sql('presence.spend')`select identity.spend_challenge(${hash}, ${expiresAt}::timestamptz) as spent`);
  return spentSchema.parse(rows[0]).spent;
}
