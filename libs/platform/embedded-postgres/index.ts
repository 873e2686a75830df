export { findRunning } from './find-running.ts';
export { startPostgres, type StartOptions, type EmbeddedPostgres } from './start-postgres.ts';
