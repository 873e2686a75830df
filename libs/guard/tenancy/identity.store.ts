import { z } from 'zod';
import {
  forgeAppIdSchema,
  invitationIdSchema,
  memberIdSchema,
  roleSchema,
  tenantIdSchema,
  tokenScopeSchema,
  type ForgeAppId,
  type InvitationId,
  type MemberId,
  type Role,
  type TenantId,
  type TenantPass,
  type TokenScope,
} from '@lib/contract';
import { lendConnection, sql, type Database } from '@lib/platform/db';
import { openCompanyLogin, type CompanyLogin } from './company-login.store.ts';
import { openWorkflowLogin, type WorkflowLogin } from './workflow-login.store.ts';
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
  scope: tokenScopeSchema,
  expires_at: z.string(),
  pass: passSchema,
  due: z.boolean(),
  reused: z.boolean(),
});
const boundSchema = z.object({ repository_id: z.uuid().nullable() });
const renewedSchema = z.object({ pass: z.string().nullable() });
const rotatedSchema = z.object({ rotated: z.boolean() });
const codeSchema = z.object({
  tenant_id: tenantIdSchema,
  member_id: memberIdSchema.nullable(),
  scope: tokenScopeSchema,
  pass: passSchema,
});

const hookSchema = z.object({ tenant_id: tenantIdSchema, app_id: forgeAppIdSchema, pass: passSchema });
const invitationSchema = z.object({ tenant_id: tenantIdSchema, invitation_id: invitationIdSchema, pass: passSchema });

/** What a live bearer secret opens. `expiresAt` is ISO 8601 in UTC. */
export type Credential = {
  readonly tenantId: z.infer<typeof tenantIdSchema>;
  readonly kind: 'token' | 'session';
  readonly subjectId: string;
  readonly scope: TokenScope;
  readonly expiresAt: string;
  /** Whose it is, and what they are at this moment; null for what belongs to the tenant itself. */
  readonly member: { readonly id: MemberId; readonly role: Role } | null;
  /** A person is signed in with it, and not a program. */
  readonly person: boolean;
  /** The account is being closed, and this is an owner who may keep it. */
  readonly closing: boolean;
  /** This secret of a session is to be followed by another. */
  readonly due: boolean;
  /** It was followed by another long ago: two have it. Every secret of the session was revoked; the pass is for writing that down. */
  readonly reused: boolean;
  /** The one repository that it reaches; null for one that is bound to none. */
  readonly repositoryId: string | null;
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
export type Identity = PasskeyLogin &
  CompanyLogin &
  WorkflowLogin & {
    /** One live token or session, or nothing: unknown, expired and revoked look alike. */
    readonly findCredential: (hash: Uint8Array) => Promise<Credential | undefined>;
    /** Gives a session the secret that follows one that is due; answers whether it did. The old one holds until the new one is used. */
    readonly rotateSession: (oldHash: Uint8Array, newHash: Uint8Array) => Promise<boolean>;
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
    ...openCompanyLogin(database),
    ...openWorkflowLogin(database),
    findCredential: async (hash) => {
      const row = await findRow(database, hash);
      if (row === undefined) return undefined;
      const closing = row.pass === null;
      const first = row.pass ?? (row.reused ? undefined : await findClosingPass(database, hash));
      if (first === undefined) return undefined;
      const renew = () => (closing ? findClosingPass(database, hash) : renewPass(database, hash));
      const pass = row.reused ? shortPass(first) : renewedPass(renew, first);
      const { tenant_id: tenantId, subject_id: subjectId, expires_at: expiresAt, member_id: memberId, role } = row;
      const { kind, scope, person, due, reused } = row;
      const member = memberId === null || role === null ? null : { id: memberId, role };
      const repositoryId = scope === 'ci' ? await repositoryOf(database, hash) : null;
      return { tenantId, kind, subjectId, scope, expiresAt, person, closing, member, pass, due, reused, repositoryId };
    },
    rotateSession: async (oldHash, newHash) => {
      const answer = await lendConnection(database, (connection) =>
        connection.send(sql('identity.rotate-session')`select identity.rotate_session(${oldHash}, ${newHash}) as rotated`),
      );
      return rotatedSchema.parse(answer.rows[0]).rotated;
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

/** A token for one repository of which that is not known reaches nothing. */
async function repositoryOf(database: Database, hash: Uint8Array): Promise<string> {
  const answer = await lendConnection(database, (connection) =>
    connection.send(sql('identity.credential-repository')`select identity.credential_repository(${hash}) as repository_id`),
  );
  return boundSchema.parse(answer.rows[0]).repository_id ?? 'none';
}

async function renewPass(database: Database, hash: Uint8Array): Promise<string | undefined> {
  const answer = await lendConnection(database, (connection) =>
    connection.send(sql('identity.renew')`select identity.renew_pass(${hash}) as pass`),
  );
  return renewedSchema.parse(answer.rows[0]).pass ?? undefined;
}

async function findRow(database: Database, hash: Uint8Array): Promise<z.infer<typeof credentialSchema> | undefined> {
  const answer = await lendConnection(database, (connection) =>
    connection.send(
      sql('identity.find')`
        select tenant_id, kind, subject_id, member_id, role, person, scope, expires_at, pass, due, reused
        from identity.find_credential(${hash})`,
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
