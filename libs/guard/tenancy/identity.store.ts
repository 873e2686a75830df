import { z } from 'zod';
import {
  forgeAppIdSchema,
  invitationIdSchema,
  memberIdSchema,
  roleSchema,
  tenantIdSchema,
  type ForgeAppId,
  type InvitationId,
  type MemberId,
  type Role,
  type TenantId,
  type TenantPass,
} from '@lib/contract';
import { lendConnection, sql, type Database } from '@lib/platform/db';
import { openPasskeyLogin, type PasskeyLogin } from './passkey-login.store.ts';
import { renewedPass, shortPass } from './renewed-pass.ts';

/** None for an account that is being closed: then nothing was found. */
const passSchema = z.string().nullable();
const credentialSchema = z.object({
  tenant_id: tenantIdSchema,
  kind: z.enum(['token', 'session']),
  subject_id: z.uuid(),
  member_id: memberIdSchema.nullable(),
  role: roleSchema.nullable(),
  person: z.boolean(),
  scope: z.enum(['read', 'write', 'admin']),
  expires_at: z.string(),
  pass: passSchema,
});
const codeSchema = z.object({
  tenant_id: tenantIdSchema,
  member_id: memberIdSchema.nullable(),
  scope: z.enum(['read', 'write', 'admin']),
  pass: passSchema,
});

const hookSchema = z.object({ tenant_id: tenantIdSchema, app_id: forgeAppIdSchema, pass: passSchema });
const invitationSchema = z.object({ tenant_id: tenantIdSchema, invitation_id: invitationIdSchema, pass: passSchema });

/** What a live bearer secret opens. `expiresAt` is ISO 8601 in UTC. */
export type Credential = {
  readonly tenantId: z.infer<typeof tenantIdSchema>;
  readonly kind: 'token' | 'session';
  readonly subjectId: string;
  readonly scope: 'read' | 'write' | 'admin';
  readonly expiresAt: string;
  /** Whose it is, and what they are at this moment; null for what belongs to the tenant itself. */
  readonly member: { readonly id: MemberId; readonly role: Role } | null;
  /** A person is signed in with it, and not a program. */
  readonly person: boolean;
  /** The account is being closed, and this is an owner who may keep it. */
  readonly closing: boolean;
  /** Lasts as long as the secret is live. */
  readonly pass: TenantPass;
};

/** What a spent sign-in code opened. */
export type SpentCode = Pick<Credential, 'tenantId' | 'scope' | 'pass'> & { readonly memberId: MemberId | null };

/** Where deliveries of an App arrive. The pass is for as long as one delivery takes. */
export type ForgeHook = { readonly tenantId: Credential['tenantId']; readonly appId: ForgeAppId; readonly pass: TenantPass };
/** What an invitation opens, for a minute. */
export type OpenedInvitation = { readonly tenantId: TenantId; readonly invitationId: InvitationId; readonly pass: TenantPass };

/** The look-ups before a tenant is known. Secrets are looked up by SHA-256, 32 bytes; the secret itself stays with the caller. */
export type Identity = PasskeyLogin & {
  /** One live token or session, or nothing: unknown, expired and revoked look alike. */
  readonly findCredential: (hash: Uint8Array) => Promise<Credential | undefined>;
  /** Spends a one-time sign-in code: it answers once, then never again. */
  readonly spendCode: (hash: Uint8Array) => Promise<SpentCode | undefined>;
  /** Whose App a webhook address belongs to, by the digest of the secret in it. */
  readonly findForgeHook: (hash: Uint8Array) => Promise<ForgeHook | undefined>;
  /** An invitation that waits, by its secret and the address it is for. It is spent by whoever makes the member. */
  readonly openInvitation: (hash: Uint8Array, email: string) => Promise<OpenedInvitation | undefined>;
};

/** Opens the look-ups on a pool of `aegis_identity`, the only role that may call them. */
export function openIdentity(database: Database): Identity {
  return {
    ...openPasskeyLogin(database),
    findCredential: async (hash) => {
      const row = await findRow(database, hash);
      if (row === undefined) return undefined;
      const closing = row.pass === null;
      const first = row.pass ?? (await findClosingPass(database, hash));
      if (first === undefined) return undefined;
      const renew = async () => (closing ? findClosingPass(database, hash) : ((await findRow(database, hash))?.pass ?? undefined));
      const pass = renewedPass(renew, first);
      const { tenant_id: tenantId, kind, subject_id: subjectId, scope, person, expires_at: expiresAt, member_id: memberId, role } = row;
      const member = memberId === null || role === null ? null : { id: memberId, role };
      return { tenantId, kind, subjectId, scope, expiresAt, person, closing, member, pass };
    },
    openInvitation: async (hash, email) => {
      const answer = await lendConnection(database, (connection) =>
        connection.send(
          sql('identity.open-invitation')`select tenant_id, invitation_id, pass from identity.open_invitation(${hash}, ${email})`,
        ),
      );
      if (answer.rows[0] === undefined) return undefined;
      const row = invitationSchema.parse(answer.rows[0]);
      if (row.pass === null) return undefined;
      return { tenantId: row.tenant_id, invitationId: row.invitation_id, pass: shortPass(row.pass) };
    },
    spendCode: async (hash) => {
      const answer = await lendConnection(database, (connection) =>
        connection.send(sql('identity.spend-code')`select tenant_id, member_id, scope, pass from identity.spend_code(${hash})`),
      );
      if (answer.rows[0] === undefined) return undefined;
      const row = codeSchema.parse(answer.rows[0]);
      if (row.pass === null) return undefined;
      return { tenantId: row.tenant_id, memberId: row.member_id, scope: row.scope, pass: shortPass(row.pass) };
    },
    findForgeHook: async (hash) => {
      const answer = await lendConnection(database, (connection) =>
        connection.send(sql('identity.find-forge-hook')`select tenant_id, app_id, pass from identity.find_forge_hook(${hash})`),
      );
      if (answer.rows[0] === undefined) return undefined;
      const row = hookSchema.parse(answer.rows[0]);
      if (row.pass === null) return undefined;
      return { tenantId: row.tenant_id, appId: row.app_id, pass: shortPass(row.pass) };
    },
  };
}

async function findRow(database: Database, hash: Uint8Array): Promise<z.infer<typeof credentialSchema> | undefined> {
  const answer = await lendConnection(database, (connection) =>
    connection.send(
      sql('identity.find')`
        select tenant_id, kind, subject_id, member_id, role, person, scope, expires_at, pass from identity.find_credential(${hash})`,
    ),
  );
  return answer.rows[0] === undefined ? undefined : credentialSchema.parse(answer.rows[0]);
}

// What is left while an account is being closed: the session of an owner.
async function findClosingPass(database: Database, hash: Uint8Array): Promise<string | undefined> {
  const answer = await lendConnection(database, (connection) =>
    connection.send(sql('identity.find-closing')`select identity.find_closing_credential(${hash}) as pass`),
  );
  return z.object({ pass: passSchema }).parse(answer.rows[0]).pass ?? undefined;
}
