export { startPostgres, type StartOptions, type EmbeddedPostgres } from './start-postgres.ts';
