import { findSurvivor } from './find-survivor.ts';
import { placeCluster } from './place-cluster.ts';

/**
 * The server that runs over a data directory, whoever supervises it; nothing when there is none. It is neither started nor taken over.
 * Errors: `postgres.data_unreachable`, `postgres.start_failed` when it does not answer.
 */
export async function findRunning(dataDirectory: string): Promise<{ readonly host: string; readonly port: number } | undefined> {
  const server = await findSurvivor(placeCluster(dataDirectory).cluster);
  return server === undefined ? undefined : { host: '127.0.0.1', port: server.port };
}
