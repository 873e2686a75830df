import { z } from 'zod';
import { staffIdSchema, tenantIdSchema, type ElevationId, type StaffId, type TenantId, type TenantPass } from '@lib/contract';
import { lendConnection, sql, type Database } from '@lib/platform/db';
import { renewedPass } from './renewed-pass.ts';

const openedSchema = z.object({ tenant_id: tenantIdSchema, person_id: staffIdSchema, expires_at: z.string(), pass: z.string() });

/** An elevation that is active, and the pass of its tenant for as long as it is. `expiresAt` is ISO 8601 in UTC. */
export type OpenElevation = {
  readonly tenantId: TenantId;
  readonly personId: StaffId;
  readonly expiresAt: string;
  readonly pass: TenantPass;
};

/**
 * Opens an elevation to the login that it is for, by the digest of that session's secret. Undefined: it is not active, not of this login,
 * or never was. `database` is a pool of `aegis_staff`, whose policies ask again at each row.
 */
export async function openElevation(
  database: Database,
  of: { readonly sessionHash: Uint8Array; readonly elevationId: ElevationId },
): Promise<OpenElevation | undefined> {
  const ask = async (): Promise<z.infer<typeof openedSchema> | undefined> => {
    const answer = await lendConnection(database, (connection) =>
      connection.send(sql('staff.open-elevation')`
        select tenant_id, person_id, expires_at, pass from identity.open_elevation(${of.sessionHash}, ${of.elevationId})`),
    );
    return answer.rows[0] === undefined ? undefined : openedSchema.parse(answer.rows[0]);
  };
  const first = await ask();
  if (first === undefined) return undefined;
  const pass = renewedPass(async () => (await ask())?.pass, first.pass);
  return { tenantId: first.tenant_id, personId: first.person_id, expiresAt: first.expires_at, pass };
}
