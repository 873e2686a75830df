import { z } from 'zod';
import type { TenantId, TenantPass } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { withAdmin } from '@lib/platform/db';
import { renewedPass } from './renewed-pass.ts';

const mintedSchema = z.object({ pass: z.string().min(1).nullable() });

/**
 * A pass by the right of whoever administers the server: for start-up, the command line on the server's own machine, tests. No log-in
 * role can make one. `adminUrl` names the database. Faults of `proofFor`: `tenancy.closed`, for the API's role.
 */
export function operatorPass(adminUrl: string, tenantId: TenantId): TenantPass {
  const byRole = new Map<string, TenantPass>();
  return {
    proofFor: (role) => {
      const pass = byRole.get(role) ?? renewedPass(() => mint(adminUrl, tenantId, role));
      byRole.set(role, pass);
      return pass.proofFor(role);
    },
  };
}

/** Makes a new key of the proofs when the live one is older than `days`: old proofs end within their minute. Answers whether it did. */
export async function rotateProofKey(adminUrl: string, days: number): Promise<boolean> {
  const rows = await withAdmin({ adminUrl }, (admin) =>
    admin.rows('rotate the key of proofs', 'select identity.rotate_proof_key(make_interval(days => $1)) as rotated', [days]),
  );
  return z.object({ rotated: z.boolean() }).parse(rows[0]).rotated;
}

/** Names the first two people of staff, each with the digest of a secret; false when somebody of staff has an authenticator already. */
export async function inviteFirstStaff(
  adminUrl: string,
  people: readonly { readonly id: string; readonly name: string; readonly hash: Uint8Array }[],
): Promise<boolean> {
  const values = people.flatMap(({ id, name, hash }) => [id, name, hash]);
  const rows = await withAdmin({ adminUrl }, (admin) =>
    admin.rows('name the first of staff', 'select identity.first_staff($1, $2, $3, $4, $5, $6) as invited', values),
  );
  return z.object({ invited: z.boolean() }).parse(rows[0]).invited;
}

async function mint(adminUrl: string, tenantId: string, role: string): Promise<string> {
  const rows = await withAdmin({ adminUrl }, (admin) =>
    admin.rows('mint a pass', 'select identity.mint_pass($1, $2, $3, true) as pass', [tenantId, role, 'infinity']),
  );
  const { pass } = mintedSchema.parse(rows[0]);
  if (pass !== null) return pass;
  throw new Fault('tenancy.closed', { internal: `the account \`${tenantId}\` is closed`, public: 'this account was closed for good' });
}
