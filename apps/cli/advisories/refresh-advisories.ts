import { join } from 'node:path';
import { ok } from '@lib/kernel';
import { changeStore, readStore } from './imported-store.ts';
import { baseOf, mergeStore, type StorePlaces } from './merge-store.ts';

/** Where imported advisories are kept in a data folder, and what they are merged with. */
export function advisoryPlaces(checkout: string, dataFolder = join(checkout, '.aegis')): StorePlaces {
  return { folder: join(dataFolder, 'advisories'), runtime: join(checkout, 'dist', 'sandbox') };
}

/**
 * Makes imported advisories anew when the release knows others than it did: an update must not leave scans with what the old one knew.
 * Cheap otherwise. A list that cannot be read is left to the sandbox, which says so.
 */
export async function refreshAdvisories(places: StorePlaces): Promise<void> {
  const store = await readStore(places.folder);
  if (!store.ok || store.value.current.files.length === 0) return;
  if (store.value.current.base === (await baseOf(places.runtime))) return;
  await changeStore(places.folder, async (found) => ok(await mergeStore(places, found)));
}
