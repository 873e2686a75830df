import { z } from 'zod';
import { tenantIdSchema, type TenantId, type TenantPass } from '@lib/contract';
import { lendConnection, sql, type Database } from '@lib/platform/db';
import { shortPass } from './renewed-pass.ts';

const foundSchema = z.object({ tenant_id: tenantIdSchema, provider_id: z.uuid(), issuer: z.string(), client_id: z.string() });
const openedSchema = z.object({
  tenant_id: tenantIdSchema,
  issuer: z.string(),
  client_id: z.string(),
  role_claim: z.string().nullable(),
  secret: z.instanceof(Uint8Array),
});
const enteredSchema = z.object({ tenant_id: tenantIdSchema, pass: z.string().nullable() }); // none for an account that is being closed

/** A company's provider. */
export type FoundProvider = {
  readonly tenantId: TenantId;
  readonly providerId: string;
  readonly issuer: string;
  readonly clientId: string;
};

/** What the answer of a provider is checked with. `secret` as the tenant's key has sealed it. */
export type OpenedProvider = Omit<FoundProvider, 'providerId'> & { readonly roleClaim: string | null; readonly secret: Uint8Array };

/** The state of one sign-in, by its SHA-256; `expiresAt` is ISO 8601 in UTC. */
export type SpentState = { readonly hash: Uint8Array; readonly expiresAt: string };

/** Signing in at a company's provider, before a tenant is known. */
export type CompanyLogin = {
  /** The provider behind an entry or a proven domain, by digest. Finding it opens nothing. */
  readonly findProvider: (entryHash: Uint8Array) => Promise<FoundProvider | undefined>;
  /** Spends a state, once, and answers what is checked next. */
  readonly openProvider: (providerId: string, state: SpentState) => Promise<OpenedProvider | undefined>;
  /** MUST be called after the provider's answer was checked: gives a pass for a minute, once for each spent state. */
  readonly enterProvider: (
    providerId: string,
    state: Pick<SpentState, 'hash'>,
  ) => Promise<{ readonly tenantId: TenantId; readonly pass: TenantPass } | undefined>;
};

/** Opens them on a pool of `aegis_identity`, the only role that may call them. */
export function openCompanyLogin(database: Database): CompanyLogin {
  return {
    findProvider: async (entryHash) => {
      const answer = await lendConnection(database, (connection) =>
        connection.send(sql('identity.find-sso')`select tenant_id, provider_id, issuer, client_id from identity.find_sso(${entryHash})`),
      );
      if (answer.rows[0] === undefined) return undefined;
      const row = foundSchema.parse(answer.rows[0]);
      return { tenantId: row.tenant_id, providerId: row.provider_id, issuer: row.issuer, clientId: row.client_id };
    },
    openProvider: async (providerId, { hash, expiresAt }) => {
      const answer = await lendConnection(database, (connection) =>
        connection.send(sql('identity.open-sso')`
          select tenant_id, issuer, client_id, role_claim, secret from identity.open_sso(${providerId}::uuid, ${hash}, ${expiresAt}::timestamptz)`),
      );
      if (answer.rows[0] === undefined) return undefined;
      const row = openedSchema.parse(answer.rows[0]);
      return { tenantId: row.tenant_id, issuer: row.issuer, clientId: row.client_id, roleClaim: row.role_claim, secret: row.secret };
    },
    enterProvider: async (providerId, { hash }) => {
      const answer = await lendConnection(database, (connection) =>
        connection.send(sql('identity.enter-sso')`select tenant_id, pass from identity.enter_sso(${providerId}::uuid, ${hash})`),
      );
      if (answer.rows[0] === undefined) return undefined;
      const row = enteredSchema.parse(answer.rows[0]);
      return row.pass === null ? undefined : { tenantId: row.tenant_id, pass: shortPass(row.pass) };
    },
  };
}
