// The driver's statement object, which its published types leave out. `pg` is pinned exactly; the specs of this folder guard an upgrade.
declare module 'pg/lib/query.js' {
  import type { EventEmitter } from 'node:events';
  import type pg from 'pg';

  type DriverConnection = pg.Connection & { readonly sendCopyFail: (reason: string) => void };
  type DriverResult = { readonly command: string | null; readonly rowCount: number | null; readonly rows: Record<string, unknown>[] };

  export default class Query extends EventEmitter {
    constructor(
      config: { name: string; text: string; values: unknown[] },
      values: undefined,
      callback: (error: Error | null, result?: DriverResult) => void,
    );
    submit(connection: pg.Connection): void;
    requiresPreparation(): boolean;
    prepare(connection: DriverConnection): void;
    handleDataRow(message: unknown): void;
    handleCommandComplete(message: unknown, connection: DriverConnection): void;
    handleCopyInResponse(connection: DriverConnection): void;
  }
}
