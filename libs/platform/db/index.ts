export { sql, type Statement } from './statement.ts';
export { openDatabase, closeDatabase, type Database, type DatabaseOptions } from './database.ts';
export { lendConnection, type Connection, type Answer, type Row } from './lend-connection.ts';
export { StatementFault } from './statement-fault.ts';
export { migrate, loginRoles, type LoginRole, type MigrateOptions } from './migrate.ts';
export { checkServer, type ServerCheck } from './check-server.ts';
export { withAdmin, urlOf, type AdminSession } from './admin-session.ts';
