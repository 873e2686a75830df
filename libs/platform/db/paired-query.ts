import Query, { type DriverConnection } from 'pg/lib/query.js';
import type { Statement } from './statement.ts';

/** A row as the driver gives it; stores parse it by a schema before it goes any further. */
export type Row = Readonly<Record<string, unknown>>;

/** `command` is the server's tag: SELECT, INSERT, COMMIT, ROLLBACK, ... */
export type Answer = { readonly command: string; readonly rows: readonly Row[]; readonly rowCount: number };

/** `named`: the connection keeps what it has parsed, and the head is among that. Behind a shared connection nothing is kept. */
export type Pair = { readonly statement: Statement; readonly head: Statement | undefined; readonly named: boolean };

type Settle = (error: Error | undefined, answer: Answer) => void;

/**
 * One statement, always by the extended protocol; with `head`, the Bind and Execute of a prepared statement go before it and one Sync
 * ends both, so that the server runs them as one implicit transaction and a setting local to it ends there. When the head fails, the
 * server skips to the Sync and the statement never runs. Only the statement's own rows are kept.
 */
export class PairedQuery extends Query {
  readonly #head: Statement | undefined;
  readonly #named: boolean;
  #headIsDone: boolean;

  constructor({ statement, head, named }: Pair, settle: Settle) {
    super({ name: named ? statement.name : '', text: statement.text, values: [...statement.values] }, undefined, (error, result) =>
      settle(error ?? undefined, { command: result?.command ?? '', rows: result?.rows ?? [], rowCount: result?.rowCount ?? 0 }),
    );
    this.#head = head;
    this.#named = named;
    this.#headIsDone = head === undefined;
  }

  /** The simple protocol would run several statements in one text. */
  override requiresPreparation(): boolean {
    return true;
  }

  override prepare(connection: DriverConnection): void {
    if (this.#head !== undefined) {
      if (!this.#named) connection.parse({ name: '', text: this.#head.text, types: [] }, true);
      connection.bind({ portal: '', statement: this.#named ? this.#head.name : '', values: this.#head.values.map(String) }, true);
      connection.execute({ portal: '' }, true);
    }
    super.prepare(connection);
  }

  override handleDataRow(message: unknown): void {
    if (this.#headIsDone) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: DriverConnection): void {
    if (this.#headIsDone) super.handleCommandComplete(message, connection);
    else this.#headIsDone = true;
  }

  /** COPY in waits for data that will not come, and the Sync that was sent with it is ignored: without another one it would hang. */
  override handleCopyInResponse(connection: DriverConnection): void {
    connection.sendCopyFail('COPY is not supported');
    connection.sync();
  }
}
