import pg from 'pg';
import { limits } from '@lib/contract';
import { valueParsers } from './value-parsers.ts';

/**
 * A pool of connections for one log-in role. Opaque: only the doors of this folder reach what is inside, so that holding a
 * `Database` is not yet a way to run a statement.
 */
export class Database {
  readonly #pool: pg.Pool;
  readonly #pooled: boolean;
  /** The log-in role. */
  readonly role: string;

  constructor(pool: pg.Pool, facts: { readonly role: string; readonly pooled: boolean }) {
    this.#pool = pool;
    this.#pooled = facts.pooled;
    this.role = facts.role;
  }

  static poolOf(database: Database): pg.Pool {
    return database.#pool;
  }

  static isPooled(database: Database): boolean {
    return database.#pooled;
  }
}

/**
 * `url` carries role and password. `pooled`: a pooler in transaction mode stands before the server. Units: ms for `statementMs` (default: `limits.statementMs`) and `lockMs`: a statement that waits
 * longer for a lock fails with `db.timeout` (default: as long as the statement may take).
 */
export type DatabaseOptions = {
  readonly url: string;
  readonly poolMax: number;
  readonly applicationName: string;
  readonly statementMs?: number;
  readonly lockMs?: number;
  readonly pooled?: boolean;
};

/** Prepares a pool; the first statement connects. Close it with `closeDatabase`. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolMax,
    application_name: options.applicationName,
    pipeline: true,
    types: valueParsers,
    connectionTimeoutMillis: limits.connectMs,
    idleTimeoutMillis: limits.poolIdleMs,
    statement_timeout: options.statementMs ?? limits.statementMs,
    ...(options.lockMs === undefined ? {} : { lock_timeout: options.lockMs }),
    idle_in_transaction_session_timeout: limits.idleTransactionMs,
    // instants are read as UTC text, whatever the server's own settings are
    options: '-c timezone=UTC -c datestyle=ISO',
  });
  // An idle connection that the server closes is an `error` event of the pool; unheard, it would end the process. The pool has
  // already dropped the connection, and the next statement reports what is still wrong.
  pool.on('error', () => undefined);
  // Between the pool's own listener and that of the loan lies a moment without one: the last word of a server that goes away can come in
  // the same packet as its first. The loan's next statement reports the rest.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return new Database(pool, { role: decodeURIComponent(new URL(options.url).username), pooled: options.pooled ?? false });
}

/** Waits for lent connections to come back, then closes all. */
export async function closeDatabase(database: Database): Promise<void> {
  await Database.poolOf(database).end();
}
