import { openTenancy, type Tenancy, type TenantContext } from '@lib/guard/tenancy';
import { lendConnection, sql, type Connection, type Database, type Statement } from '@lib/platform/db';
import { bindProof } from '../../libs/guard/tenancy/bind-proof.ts';
import { begin, commit, enterTenant } from '../../libs/guard/tenancy/tenancy.store.ts';
import { makeTenantTx } from '../../libs/guard/tenancy/tenant-tx.ts';

/** The ways of the product to a connection, in an attacker's hands. */
export type Doors = {
  readonly lend: <T>(borrow: (connection: Connection) => Promise<T>) => Promise<T>;
  readonly enter: (proof: string) => Statement;
  readonly tenancy: Tenancy;
  readonly close: () => Promise<void>;
};

/**
 * What the doors would be without one of their walls. `session-setting`: the proof is set for the session and not for the transaction;
 * `kept`: a connection goes from borrower to borrower as it was left, and nothing is looked at between begin and commit.
 */
export type WeakDoors = 'session-setting' | 'kept';

/** Opens the doors of a pool; with `weak`, for a mutant, ones that lack a wall. */
export async function openDoors(database: Database, weak?: WeakDoors): Promise<Doors> {
  const own: Doors = {
    lend: (borrow) => lendConnection(database, borrow),
    enter: enterTenant,
    tenancy: openTenancy(database),
    close: () => Promise.resolve(),
  };
  if (weak === 'session-setting') return { ...own, enter: enterForSession };
  return weak === undefined ? own : keptDoors(database, own);
}

function enterForSession(proof: string): Statement {
  return sql('probe.enter-for-session')`select set_config('app.tenant_proof', ${proof}, false)`;
}

/** One loan that never ends, lent on to everybody. */
async function keptDoors(database: Database, own: Doors): Promise<Doors> {
  const { promise: over, resolve: end } = Promise.withResolvers<undefined>();
  const { promise: lent, resolve: take, reject } = Promise.withResolvers<Connection>();
  const loan = lendConnection(database, async (connection) => {
    take(connection);
    await over;
  }).catch(reject);
  const connection = await lent;
  const enter = async (context: TenantContext): Promise<void> => {
    const proof = await context.pass.proofFor(database.role);
    await connection.send(enterTenant(bindProof(proof, connection.backend)));
  };
  const naive: Tenancy['withTenant'] = async (context, purpose, work) => {
    await connection.send(begin);
    await enter(context);
    const query = async (statement: Statement) => (await connection.send(statement)).rows;
    const result = await work(makeTenantTx({ context, purpose, query, atCommit: () => undefined }));
    await connection.send(commit);
    return result;
  };
  return {
    ...own,
    lend: (borrow) => borrow(connection),
    tenancy: { withTenant: naive, withTenantOnce: naive },
    close: async () => {
      end(undefined);
      await loan;
    },
  };
}
