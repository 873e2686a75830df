import { z } from 'zod';
import { ciTrustIdSchema, repositoryIdSchema, type CiTrustId, type RepositoryId, type TenantId, type TenantPass } from '@lib/contract';
import { lendConnection, sql, type Database } from '@lib/platform/db';
import { shortPass } from './renewed-pass.ts';

const trustSchema = z.object({
  id: ciTrustIdSchema,
  issuer: z.string(),
  forge_repository_id: z.string(),
  forge_owner_id: z.string(),
  refs: z.array(z.string()),
  environments: z.array(z.string()),
});
const usedSchema = z.object({ repository_id: repositoryIdSchema, minutes: z.int(), pass: z.string().nullable() }); // none for an account that is being closed

/** What a workflow must be. */
export type CiTrust = {
  readonly id: CiTrustId;
  readonly issuer: string;
  readonly forgeRepositoryId: string;
  readonly forgeOwnerId: string;
  readonly refs: readonly string[];
  readonly environments: readonly string[];
};

/** Letting a workflow in, before a tenant is known. */
export type WorkflowLogin = {
  /** What a tenant trusts. It opens nothing. */
  readonly findCiTrusts: (tenantId: TenantId) => Promise<readonly CiTrust[]>;
  /** MUST be called after the token was checked: spends its own id, by digest, once, and gives a pass for a minute. */
  readonly useCiTrust: (
    trust: { readonly tenantId: TenantId; readonly trustId: CiTrustId },
    token: { readonly hash: Uint8Array; readonly expiresAt: string },
  ) => Promise<{ readonly repositoryId: RepositoryId; readonly minutes: number; readonly pass: TenantPass } | undefined>;
};

/** Opens them on a pool of `aegis_identity`, the only role that may call them. */
export function openWorkflowLogin(database: Database): WorkflowLogin {
  return {
    findCiTrusts: async (tenantId) => {
      const answer = await lendConnection(database, (connection) =>
        connection.send(sql('identity.find-ci-trusts')`
          select id, issuer, forge_repository_id, forge_owner_id, refs, environments from identity.find_ci_trusts(${tenantId}::uuid)`),
      );
      return answer.rows.map((given) => {
        const { forge_repository_id: forgeRepositoryId, forge_owner_id: forgeOwnerId, ...row } = trustSchema.parse(given);
        return { ...row, forgeRepositoryId, forgeOwnerId };
      });
    },
    useCiTrust: async ({ tenantId, trustId }, { hash, expiresAt }) => {
      const answer = await lendConnection(database, (connection) =>
        connection.send(sql('identity.use-ci-trust')`
          select repository_id, minutes, pass from identity.use_ci_trust(${tenantId}::uuid, ${trustId}::uuid, ${hash}, ${expiresAt}::timestamptz)`),
      );
      if (answer.rows[0] === undefined) return undefined;
      const row = usedSchema.parse(answer.rows[0]);
      return row.pass === null ? undefined : { repositoryId: row.repository_id, minutes: row.minutes, pass: shortPass(row.pass) };
    },
  };
}
