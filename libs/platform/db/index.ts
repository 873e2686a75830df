export { sql, type Statement } from './statement.ts';
export { openDatabase, closeDatabase, type Database, type DatabaseOptions } from './database.ts';
export { lendConnection, type Connection, type Answer, type Row } from './lend-connection.ts';
export { StatementFault } from './statement-fault.ts';
