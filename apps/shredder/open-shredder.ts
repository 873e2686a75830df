import { destroyKeys } from '@lib/flow/closing';
import { limits } from '@lib/contract';
import type { ShredderSettings } from '@lib/platform/config';
import { checkServer, closeDatabase, openDatabase } from '@lib/platform/db';
import { awsShredder, keyringShredder, type Shredder } from '@lib/platform/kms';
import { describeError, type Log } from '@lib/platform/telemetry';

/** Asks for keys that are due, until it is stopped. */
export type RunningShredder = { readonly stop: () => Promise<void> };

/** Opens the program that destroys keys. It listens to nobody: what is due it is told by the database alone. Errors: Faults of the database. */
export async function openShredder(settings: ShredderSettings, log: Log): Promise<RunningShredder> {
  await checkServer({ url: settings.AEGIS_SHREDDER_DATABASE_URL, mayBeOld: settings.AEGIS_ENVIRONMENT === 'embedded' });
  const database = openDatabase({
    url: settings.AEGIS_SHREDDER_DATABASE_URL,
    poolMax: 1,
    applicationName: 'aegis-shredder',
    pooled: settings.AEGIS_DATABASE_POOLED,
  });
  const shredder = shredderOf(settings);
  const round = async (): Promise<void> => {
    try {
      const destroyed = await destroyKeys({ database, shredder });
      if (destroyed > 0) log.info('keys.destroyed', { count: destroyed });
    } catch (error) {
      log.warn('keys.destroy_failed', describeError(error));
    }
  };
  let rounds = round();
  const timer = setInterval(() => {
    rounds = rounds.then(round);
  }, limits.keysDestroyPollMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await rounds;
      await closeDatabase(database);
    },
  };
}

function shredderOf({ AEGIS_KEYS: keys }: ShredderSettings): Shredder {
  if (keys.kind === 'keyring') return keyringShredder({ folder: keys.folder });
  return awsShredder({ client: { region: keys.region }, tenantAliasPrefix: 'alias/aegis/tenant-' });
}
