import { limits } from '@lib/contract';
import { assert, Fault } from '@lib/kernel';
import { lendConnection, type Connection, type Database, type Statement } from '@lib/platform/db';
import { bindProof } from './bind-proof.ts';
import { insideTenant, type Visit } from './inside-tenant.ts';
import { begin, commit, enterTenant, rollback } from './tenancy.store.ts';
import { makeTenantTx, type Row, type TenantTx } from './tenant-tx.ts';

/** Runs several statements of one tenant in one transaction; see `Tenancy`. */
export function withTenant<T>(database: Database, visit: Visit, work: (tx: TenantTx) => Promise<T>): Promise<T> {
  return insideTenant(visit, async () => {
    const proof = await visit.context.pass.proofFor(database.role);
    return lendConnection(database, (connection) => new Transaction({ connection, role: database.role }, visit).run(proof, work));
  });
}

class Transaction {
  readonly #connection: Connection;
  readonly #role: string;
  readonly #visit: Visit;
  readonly #sent: Promise<unknown>[] = [];
  readonly #asked: Promise<unknown>[] = [];
  readonly #atCommit: (() => Statement)[] = [];
  #firstError: unknown;
  #over = false;
  #enteredMs = 0;
  #renewing: Promise<void> | undefined;

  constructor({ connection, role }: { readonly connection: Connection; readonly role: string }, visit: Visit) {
    this.#connection = connection;
    this.#role = role;
    this.#visit = visit;
  }

  async run<T>(proof: string, work: (tx: TenantTx) => Promise<T>): Promise<T> {
    // begin, the proof and the first statement of `work` leave together, nobody waits for the answer of the one before
    void this.#track(this.#connection.send(begin));
    this.#enter(proof);
    try {
      const result = await work(makeTenantTx(this.#parts()));
      this.#over = true;
      await this.#commit();
      return result;
    } catch (error) {
      this.#over = true;
      await this.#rollBack();
      throw error;
    }
  }

  #parts(): Parameters<typeof makeTenantTx>[0] {
    return {
      ...this.#visit,
      query: (statement) => {
        const rows = this.#query(statement);
        this.#asked.push(rows);
        return rows;
      },
      atCommit: (make) => {
        assert(!this.#over, 'the transaction is still open');
        this.#atCommit.push(make);
      },
    };
  }

  async #query(statement: Statement): Promise<readonly Row[]> {
    assert(!this.#over, 'the transaction is still open');
    if (performance.now() - this.#enteredMs > limits.proofRenewMs) this.#renewing ??= this.#renew();
    // statements that are sent together wait for the same, so that their order stays
    if (this.#renewing !== undefined) await this.#renewing;
    const answer = await this.#track(this.#connection.send(statement));
    // a failed one was failed by a statement sent after this one, which tells itself; only an ended one has lost the tenant
    if (this.#connection.transaction() === 'idle') this.#refuseControl();
    return answer.rows;
  }

  /** A transaction may outlive its first proof. */
  async #renew(): Promise<void> {
    try {
      this.#enter(await this.#visit.context.pass.proofFor(this.#role));
    } finally {
      this.#renewing = undefined;
    }
  }

  #enter(proof: string): void {
    this.#enteredMs = performance.now();
    void this.#track(this.#connection.send(enterTenant(bindProof(proof, this.#connection.backend))));
  }

  /** After an inner commit the rest would run without a tenant and see nothing, silently. */
  #refuseControl(): never {
    this.#connection.spoil();
    // the beginning itself was cancelled or refused
    if (this.#firstError instanceof Error) throw this.#firstError;
    throw new Fault('db.transaction_control', { internal: 'a statement of a tenant transaction ended it' });
  }

  /** The commit of a failed transaction answers ROLLBACK and no error. */
  async #commit(): Promise<void> {
    await Promise.allSettled(this.#asked);
    const last = await this.#sendLast();
    // a failed statement turns the commit into a rollback, so the commit need not wait for their answers
    const answer = await this.#connection.send(commit);
    await Promise.allSettled(this.#sent);
    if (answer.command === 'COMMIT') return;
    if (last.decides) throw this.#firstError;
    throw new Fault('db.rolled_back', { internal: 'a statement had failed before the commit', cause: this.#firstError });
  }

  /** `decides`: no statement had failed before these, so that what fails now is theirs. */
  async #sendLast(): Promise<{ readonly decides: boolean }> {
    if (this.#atCommit.length === 0) return { decides: false };
    if (performance.now() - this.#enteredMs > limits.proofRenewMs) await this.#renew();
    const decides = this.#firstError === undefined;
    for (const make of this.#atCommit) void this.#track(this.#connection.send(make()));
    return { decides };
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
