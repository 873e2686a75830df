import pg from 'pg';
import { limits } from '@lib/contract';
import { statementFault } from './statement-fault.ts';
import { valueParsers } from './value-parsers.ts';

/** One connection of the cluster's administrator, for migrations and checks; never for requests. */
export type AdminSession = {
  /** Runs a file or a statement by the simple protocol. `what` names it in a fault. */
  readonly run: (what: string, text: string) => Promise<void>;
  readonly rows: (what: string, text: string, values?: readonly unknown[]) => Promise<readonly Readonly<Record<string, unknown>>[]>;
};

/** Opens a session on `database` of the cluster at `adminUrl`, runs `work`, and always closes it. Errors: `StatementFault`. */
export async function withAdmin<T>(
  at: { readonly adminUrl: string; readonly database?: string },
  work: (admin: AdminSession) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: at.database === undefined ? at.adminUrl : urlOf(at.adminUrl, at.database),
    application_name: 'aegis-admin',
    connectionTimeoutMillis: limits.connectMs,
    types: valueParsers,
    options: '-c timezone=UTC -c datestyle=ISO -c client_min_messages=warning',
  });
  client.on('error', () => undefined); // the statement in flight reports it; unheard, the event would end the process
  try {
    await client.connect().catch(failed('connect'));
    return await work({
      run: async (what, text) => {
        await client.query(text).catch(failed(what));
      },
      rows: async (what, text, values = []) => {
        const result = await client.query<Record<string, unknown>>(text, [...values]).catch(failed(what));
        return result.rows;
      },
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The same server and user, another database. */
export function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}

function failed(what: string): (error: unknown) => never {
  return (error) => {
    throw statementFault(error, what);
  };
}
