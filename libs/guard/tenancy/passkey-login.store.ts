import { z } from 'zod';
import { memberIdSchema, tenantIdSchema, type MemberId, type TenantId, type TenantPass } from '@lib/contract';
import { lendConnection, sql, type Database } from '@lib/platform/db';
import { shortPass } from './renewed-pass.ts';

const bytesSchema = z.instanceof(Uint8Array);
const foundSchema = z.object({ tenant_id: tenantIdSchema, passkey_id: z.uuid(), public_key: bytesSchema });
const usedSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('spent') }),
  z.object({ outcome: z.enum(['used', 'copied']), member_id: memberIdSchema, pass: z.string().nullable() }),
]);

/** What the answer of a passkey is checked with. `publicKey` is a COSE key. */
export type FoundPasskey = { readonly tenantId: TenantId; readonly passkeyId: string; readonly publicKey: Uint8Array };

/** What came of a passkey's answer. `copied`: its counter did not go up; the pass is for writing that down. */
export type UsedPasskey =
  { readonly outcome: 'spent' } | { readonly outcome: 'used' | 'copied'; readonly memberId: MemberId; readonly pass: TenantPass };

/** Signing in with a passkey, before a tenant is known. */
export type PasskeyLogin = {
  /** The passkey of that id, of a member who may come in. Finding it opens nothing. */
  readonly findPasskey: (credentialId: Uint8Array) => Promise<FoundPasskey | undefined>;
  /** MUST be called after the answer was checked: spends the challenge, moves the counter, gives a pass for a minute. */
  readonly usePasskey: (
    passkey: { readonly tenantId: TenantId; readonly passkeyId: string; readonly counter: number },
    challenge: { readonly hash: Uint8Array; readonly expiresAt: string },
  ) => Promise<UsedPasskey | undefined>;
};

/** Opens them on a pool of `aegis_identity`, the only role that may call them. */
export function openPasskeyLogin(database: Database): PasskeyLogin {
  return {
    findPasskey: async (credentialId) => {
      const answer = await lendConnection(database, (connection) =>
        connection.send(sql('identity.find-passkey')`select tenant_id, passkey_id, public_key from identity.find_passkey(${credentialId})`),
      );
      if (answer.rows[0] === undefined) return undefined;
      const row = foundSchema.parse(answer.rows[0]);
      return { tenantId: row.tenant_id, passkeyId: row.passkey_id, publicKey: row.public_key };
    },
    usePasskey: async ({ tenantId, passkeyId, counter }, { hash, expiresAt }) => {
      const answer = await lendConnection(database, (connection) =>
        connection.send(sql('identity.use-passkey')`
          select outcome, member_id, pass from identity.use_passkey(${tenantId}, ${passkeyId}, ${counter}, ${hash}, ${expiresAt})`),
      );
      if (answer.rows[0] === undefined) return undefined;
      const row = usedSchema.parse(answer.rows[0]);
      if (row.outcome === 'spent') return row;
      const pass = row.pass ?? (row.outcome === 'used' ? await openClosing(database, { tenantId, passkeyId }) : undefined);
      return pass === undefined ? undefined : { outcome: row.outcome, memberId: row.member_id, pass: shortPass(pass) };
    },
  };
}

// The account is being closed: an owner still comes in, to keep it.
async function openClosing(
  database: Database,
  of: { readonly tenantId: TenantId; readonly passkeyId: string },
): Promise<string | undefined> {
  const answer = await lendConnection(database, (connection) =>
    connection.send(sql('identity.open-closing')`select identity.open_closing(${of.tenantId}, ${of.passkeyId}) as pass`),
  );
  return z.object({ pass: z.string().nullable() }).parse(answer.rows[0]).pass ?? undefined;
}
