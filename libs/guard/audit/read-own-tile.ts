import type { TenantTx } from '@lib/guard/tenancy';
import { listHashes } from './logs.store.ts';
import { readStoredTile } from './read-stored-tile.ts';

/** A tile of the tenant's own log by its C2SP path, as it is stored; nothing for a path that is none. The bytes need not be trusted. */
export function readOwnTile(tx: TenantTx, path: string): Promise<Uint8Array | undefined> {
  return readStoredTile((level, range) => listHashes(tx, level, range))(path);
}
