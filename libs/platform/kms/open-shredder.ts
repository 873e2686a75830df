import { awsForgeKeys } from './aws-forge-keys.ts';
import type { AwsKmsOptions } from './aws-kms.ts';
import { AwsTenantKeys } from './aws-tenant-keys.ts';
import { keyPlacesIn } from './key-places.ts';
import type { Shredder } from './kms.ts';
import { openKmsClient } from './open-kms-client.ts';
import { destroyKeyFile } from './wrapped-key-store.ts';

/** Destroys keys of a keyring in a folder. It opens no key: neither root key is read. */
export function keyringShredder({ folder }: { readonly folder: string }): Shredder {
  const places = keyPlacesIn(folder);
  return {
    destroyTenantKey: async (tenantId, key) => {
      // sealing ends first: nothing is sealed that could never be opened
      await destroyKeyFile(places.sealing(tenantId, key));
      await destroyKeyFile(places.opening(tenantId, key));
      if (key === 'records') await destroyKeyFile(places.secrets(tenantId)); // digests of secrets stand in records
    },
    destroyForgeKey: (key) => destroyKeyFile(places.signing(key)),
  };
}

/** Schedules the deletion of keys in AWS KMS: all that its identity may, besides finding them. Faults: `kms.unavailable`. */
export function awsShredder(options: Pick<AwsKmsOptions, 'client' | 'tenantAliasPrefix' | 'forgeAliasPrefix'>): Shredder {
  const client = openKmsClient(options.client);
  const tenantKeys = new AwsTenantKeys(client, { tenantAliasPrefix: options.tenantAliasPrefix });
  return {
    destroyTenantKey: (tenantId, key) => tenantKeys.destroy(tenantId, key),
    destroyForgeKey: awsForgeKeys(client, options.forgeAliasPrefix).destroyForgeKey,
  };
}
