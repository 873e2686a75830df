import type pg from 'pg';
import { Database } from './database.ts';
import { PairedQuery, type Answer } from './paired-query.ts';
import { isServerError, statementFault, type StatementFault } from './statement-fault.ts';
import { sql, type Statement } from './statement.ts';

export type { Answer, Row } from './paired-query.ts';

/** A connection for the length of one loan. Statements may be sent without waiting for those before them; answers keep the order. */
export type Connection = {
  /** Sends one statement by the extended protocol, which takes one statement a message: a stacked one is a syntax error. */
  readonly send: (statement: Statement) => Promise<Answer>;
  /** Sends `head` and `statement` before one Sync: one round trip, one implicit transaction; only the second answer is kept. */
  readonly sendTogether: (head: Statement, statement: Statement) => Promise<Answer>;
  /** What the server calls this connection, in decimal; `*` where a pooler shares its connections and nobody knows. */
  readonly backend: string;
  /** State after the newest answer. */
  readonly transaction: () => 'idle' | 'open' | 'failed';
  /** The connection is closed at the end of the loan instead of going back to the pool. */
  readonly spoil: () => void;
};

/**
 * Lends a connection to `borrow`. Only guards use this door; stores go through a `TenantTx`.
 * It comes back to the pool only when every statement has been answered and no transaction is open; after a cancel, a time-out or a
 * failure below the protocol it is closed, because a late cancel or a late answer would reach the next borrower.
 * Errors: `StatementFault` (`db.*`).
 */
export async function lendConnection<T>(database: Database, borrow: (connection: Connection) => Promise<T>): Promise<T> {
  const client = await Database.poolOf(database)
    .connect()
    .catch((error: unknown) => {
      throw statementFault(error, 'connect');
    });
  const loan = new Loan(client, Database.isPooled(database));
  try {
    return await borrow(loan.connection);
  } finally {
    await loan.end();
  }
}

/** Errors after which a connection may still receive something meant for this loan. */
const tornStates: ReadonlySet<string> = new Set(['57014', '57P01', '57P02', '57P03', '57P05', '25P03', '25P04', '40003', '08P01']);
/** What leaves something in the session that outlives the loan, by the server's tag: nobody of ours says it, and a connection that heard it is closed. */
const lastingCommands: ReadonlySet<string> = new Set(['DECLARE', 'LISTEN', 'PREPARE', 'SET', 'LOAD', 'CREATE']);
/** Heads that a connection has parsed already. */
const preparedHeads = new WeakMap<pg.PoolClient, Set<string>>();
const ping = sql('db.ping')`select 1`;

class Loan {
  readonly #client: pg.PoolClient;
  readonly #pooled: boolean;
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #onError = (): void => {
    this.#spoilt = true; // a FATAL outside a statement; unheard, the event would end the process
  };
  #spoilt = false;
  #lastFailed = false;
  #corked = false;
  readonly connection: Connection;

  constructor(client: pg.PoolClient, pooled: boolean) {
    this.#client = client;
    this.#pooled = pooled;
    client.on('error', this.#onError);
    this.connection = {
      send: (statement) => this.#send(statement),
      sendTogether: (head, statement) => this.#send(statement, head),
      backend: pooled ? '*' : backendOf(client),
      transaction: () => transactionStates[client.getTransactionStatus() ?? 'E'],
      spoil: () => {
        this.#spoilt = true;
      },
    };
  }

  /** Every promise settles before the release, or a late one would run in the next loan. */
  async end(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight);
    // After a failure the server's closing word (ReadyForQuery) may still be on its way; one more answer brings it in.
    if (this.#lastFailed && !this.#spoilt) await this.#send(ping).catch(() => undefined);
    const reusable = !this.#spoilt && !this.#lastFailed && this.connection.transaction() === 'idle';
    this.#client.release(!reusable);
    // A closed connection keeps its listener: its last words come after the release.
    if (reusable) this.#client.off('error', this.#onError);
  }

  #send(statement: Statement, head?: Statement): Promise<Answer> {
    this.#gatherWrites();
    const answer = new Promise<Answer>((resolve, reject) => {
      if (head !== undefined && !this.#pooled) this.#prepareHead(head);
      const query = new PairedQuery({ statement, head, named: !this.#pooled }, (error, result) => {
        this.#lastFailed = error !== undefined;
        if (lastingCommands.has(result.command)) this.#spoilt = true;
        if (error === undefined) resolve(result);
        else reject(this.#faultOf(error, statement));
      });
      this.#client.query(query);
    });
    this.#inFlight.add(answer);
    const settled = (): void => {
      this.#inFlight.delete(answer);
    };
    answer.then(settled, settled);
    return answer;
  }

  /** The head is parsed on its own once a connection, so that in a pair every ParseComplete belongs to the second statement. */
  #prepareHead(head: Statement): void {
    const prepared = preparedHeads.get(this.#client) ?? new Set<string>();
    if (prepared.has(head.name)) return;
    preparedHeads.set(this.#client, prepared.add(head.name));
    const statement = { ...head, values: head.values.map(() => '') };
    const first = new PairedQuery({ statement, head: undefined, named: true }, (error) => {
      if (error !== undefined) this.#spoilt = true;
    });
    this.#client.query(first);
  }

  /** What is sent within one tick leaves in one packet. */
  #gatherWrites(): void {
    if (this.#corked) return;
    const { stream } = this.#client.connection;
    stream.cork();
    this.#corked = true;
    process.nextTick(() => {
      this.#corked = false;
      stream.uncork();
    });
  }

  #faultOf(error: Error, statement: Statement): StatementFault {
    const fault = statementFault(error, statement.name);
    if (!isServerError(error) || tornStates.has(fault.sqlState)) this.#spoilt = true;
    return fault;
  }
}

function backendOf(client: pg.PoolClient): string {
  // in the driver since ever, and not in its published types
  return 'processID' in client && typeof client.processID === 'number' ? String(client.processID) : '*';
}

const transactionStates = { I: 'idle', T: 'open', E: 'failed' } as const;
