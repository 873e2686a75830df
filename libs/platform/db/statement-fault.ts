import { Fault } from '@lib/kernel';

/**
 * What a failed statement becomes, by SQLSTATE. Longest prefix wins.
 * `db.unavailable`, `db.disk_full`, `db.timeout`, `db.conflict` (retry, or the value is taken), `db.constraint`, `db.forbidden`,
 * `db.login_refused`, `db.out_of_resources`; anything else is `db.statement_failed`, a bug of ours.
 * Source: PostgreSQL 18, appendix A.
 */
const codeBySqlState: ReadonlyMap<string, string> = new Map([
  ['08', 'db.unavailable'],
  ['57P01', 'db.unavailable'],
  ['57P02', 'db.unavailable'],
  ['57P03', 'db.unavailable'],
  ['57P04', 'db.unavailable'],
  ['57P05', 'db.unavailable'],
  ['53300', 'db.unavailable'],
  ['25006', 'db.unavailable'],
  ['53', 'db.out_of_resources'],
  ['53100', 'db.disk_full'],
  ['58030', 'db.unavailable'],
  ['57014', 'db.timeout'],
  ['55P03', 'db.timeout'],
  ['25P03', 'db.timeout'],
  ['25P04', 'db.timeout'],
  ['40', 'db.conflict'],
  ['23505', 'db.conflict'],
  ['23P01', 'db.conflict'],
  ['23', 'db.constraint'],
  ['42501', 'db.forbidden'],
  ['28', 'db.login_refused'],
  ['28000', 'db.forbidden'],
]);

/** Texts of these classes quote values of rows or parameters (22: data, 23: constraints), so they are kept out of faults and logs. */
const quotesValues = /^2[23]/u;
const noSpaceText = /no space left on device|ENOSPC|disk quota exceeded/iu;

/** A statement that the server or the connection refused. `sqlState` is empty when the failure is not the server's. */
export class StatementFault extends Fault {
  readonly sqlState: string;
  readonly constraint: string;

  constructor(code: string, facts: { readonly internal: string; readonly sqlState: string; readonly constraint: string }) {
    super(code, { internal: facts.internal });
    this.sqlState = facts.sqlState;
    this.constraint = facts.constraint;
  }
}

/** Makes the fault for whatever a statement was rejected with. `where` names the statement, never its values. */
export function statementFault(error: unknown, where: string): StatementFault {
  if (error instanceof StatementFault) return error;
  const { sqlState, constraint, text } = factsOf(error);
  const code = noSpaceText.test(text) ? 'db.disk_full' : codeOf(sqlState);
  const shown = quotesValues.test(sqlState) ? '' : `, ${text}`;
  const named = constraint === '' ? '' : `, constraint \`${constraint}\``;
  const state = sqlState === '' ? 'connection' : sqlState;
  return new StatementFault(code, { internal: `\`${where}\`: ${state}${named}${shown}`, sqlState, constraint });
}

/** The server answered with an error of its own; anything else is the driver or the network, and the connection is of no more use. */
export function isServerError(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && typeof error.severity === 'string';
}

function codeOf(sqlState: string): string {
  if (sqlState === '') return 'db.unavailable';
  return codeBySqlState.get(sqlState) ?? codeBySqlState.get(sqlState.slice(0, 2)) ?? 'db.statement_failed';
}

function factsOf(error: unknown): { sqlState: string; constraint: string; text: string } {
  if (!(error instanceof Error)) return { sqlState: '', constraint: '', text: 'not an error object' };
  const sqlState = isServerError(error) && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const constraint = 'constraint' in error && typeof error.constraint === 'string' ? error.constraint : '';
  return { sqlState, constraint, text: error.message };
}
