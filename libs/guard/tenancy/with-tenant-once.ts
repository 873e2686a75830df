import { assert, Fault } from '@lib/kernel';
import type { TenantPass } from '@lib/contract';
import { lendConnection, type Database, type Statement } from '@lib/platform/db';
import { bindProof } from './bind-proof.ts';
import { insideTenant, type Visit } from './inside-tenant.ts';
import { enterTenant } from './tenancy.store.ts';
import { makeTenantTx, type Row, type TenantTx } from './tenant-tx.ts';

/** Runs exactly one statement of one tenant in one round trip; see `Tenancy`. */
export function withTenantOnce<T>(database: Database, visit: Visit, work: (tx: TenantTx) => Promise<T>): Promise<T> {
  return insideTenant(visit, async () => {
    let sent: Promise<readonly Row[]> | undefined;
    let over = false;
    const query = (statement: Statement): Promise<readonly Row[]> => {
      assert(!over, 'the visit is still open');
      assert(sent === undefined, 'withTenantOnce runs one statement');
      sent = runOnce(database, visit.context.pass, statement);
      return sent;
    };
    try {
      return await work(makeTenantTx({ ...visit, query, atCommit: refuseMore }));
    } finally {
      over = true;
      await sent?.catch(() => undefined);
    }
  });
}

function refuseMore(): never {
  assert(false, 'withTenantOnce runs one statement, and no other at its commit');
}

async function runOnce(database: Database, pass: TenantPass, statement: Statement): Promise<readonly Row[]> {
  const proof = await pass.proofFor(database.role);
  return lendConnection(database, async (connection) => {
    const answer = await connection.sendTogether(enterTenant(bindProof(proof, connection.backend)), statement);
    // A BEGIN by this path leaves an open transaction that still carries the tenant: such a connection must not go back.
    if (connection.transaction() !== 'idle') {
      connection.spoil();
      throw new Fault('db.transaction_control', { internal: `\`${statement.name}\` opened a transaction` });
    }
    return answer.rows;
  });
}
