import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { urlOf, type LoginRole } from '@lib/platform/db';
import { findRunning, startPostgres } from '@lib/platform/embedded-postgres';
import { openDataFolder, type DataFolder } from '../up/data-folder.ts';

/** Whether Aegis has ever been started with this data folder. */
export function isDataFolder(folder: string): boolean {
  return existsSync(join(folder, 'secrets.json'));
}

/**
 * Lends the database of a data folder, by the address for each role and for whoever administers it. A server that runs is used as it is; otherwise one is started for
 * as long as this takes. Faults: `up.data_unusable`, and those of the server.
 */
export async function withDatabase<T>(
  folder: string,
  work: (data: DataFolder, urlFor: (role: LoginRole) => string, adminUrl: string) => Promise<T>,
): Promise<T> {
  const data = await openDataFolder(folder);
  const urlOn =
    ({ host, port }: { readonly host: string; readonly port: number }) =>
    (role: LoginRole): string =>
      `postgresql://${role}:${encodeURIComponent(data.secrets.passwords[role])}@${host}:${String(port)}/aegis`;
  const running = await findRunning(data.root);
  if (running !== undefined) return work(data, urlOn(running), urlOf(running.adminUrl, 'aegis'));
  const server = await startPostgres({ dataDirectory: data.root });
  try {
    return await work(data, urlOn(server), urlOf(server.adminUrl, 'aegis'));
  } finally {
    await server.stop();
  }
}
