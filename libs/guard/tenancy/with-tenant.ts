import { assert, Fault } from '@lib/kernel';
import { lendConnection, type Connection, type Database, type Statement } from '@lib/platform/db';
import { insideTenant, type Visit } from './inside-tenant.ts';
import { begin, commit, enterTenant, rollback } from './tenancy.store.ts';
import { makeTenantTx, type Row, type TenantTx } from './tenant-tx.ts';

/** Runs several statements of one tenant in one transaction; see `Tenancy`. */
export function withTenant<T>(database: Database, visit: Visit, work: (tx: TenantTx) => Promise<T>): Promise<T> {
  return insideTenant(visit, () => lendConnection(database, (connection) => new Transaction(connection, visit).run(work)));
}

class Transaction {
  readonly #connection: Connection;
  readonly #visit: Visit;
  readonly #sent: Promise<unknown>[] = [];
  #firstError: unknown;
  #over = false;

  constructor(connection: Connection, visit: Visit) {
    this.#connection = connection;
    this.#visit = visit;
  }

  async run<T>(work: (tx: TenantTx) => Promise<T>): Promise<T> {
    // begin, the setting and the first statement of `work` leave together, nobody waits for the answer of the one before
    void this.#track(this.#connection.send(begin));
    void this.#track(this.#connection.send(enterTenant(this.#visit.context.tenantId)));
    try {
      const result = await work(makeTenantTx({ ...this.#visit, query: (statement) => this.#query(statement) }));
      this.#over = true;
      await this.#commit();
      return result;
    } catch (error) {
      this.#over = true;
      await this.#rollBack();
      throw error;
    }
  }

  async #query(statement: Statement): Promise<readonly Row[]> {
    assert(!this.#over, 'the transaction is still open');
    const answer = await this.#track(this.#connection.send(statement));
    // a failed one was failed by a statement sent after this one, which tells itself; only an ended one has lost the tenant
    if (this.#connection.transaction() === 'idle') this.#refuseControl();
    return answer.rows;
  }

  /** After an inner commit the rest would run without a tenant and see nothing, silently. */
  #refuseControl(): never {
    this.#connection.spoil();
    throw new Fault('db.transaction_control', { internal: 'a statement of a tenant transaction ended it' });
  }

  /** The commit of a failed transaction answers ROLLBACK and no error. */
  async #commit(): Promise<void> {
    await Promise.allSettled(this.#sent);
    const answer = await this.#connection.send(commit);
    if (answer.command === 'COMMIT') return;
    throw new Fault('db.rolled_back', { internal: 'a statement had failed before the commit', cause: this.#firstError });
  }

  async #rollBack(): Promise<void> {
    await Promise.allSettled(this.#sent);
    if (this.#connection.transaction() === 'idle') return;
    await this.#connection.send(rollback).catch(() => {
      this.#connection.spoil();
    });
  }

  #track<T>(answer: Promise<T>): Promise<T> {
    this.#sent.push(
      answer.catch((error: unknown) => {
        this.#firstError ??= error;
      }),
    );
    return answer;
  }
}
