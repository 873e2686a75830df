import { Fault, type Clock } from '@lib/kernel';
import type { KeysSetting, ObjectsSetting } from '@lib/platform/config';
import { awsKms, localKeyring, type ForgeKeys, type Opener, type Sealer, type SecretBox, type Signer } from '@lib/platform/kms';
import { folderStore, type ObjectReader } from '@lib/platform/objects';
import { openS3 } from './open-s3.ts';

/** Where keys and objects are, as the settings say. */
export type VaultSettings = { readonly keys: KeysSetting; readonly objects: ObjectsSetting };

/**
 * The side that shows evidence: keys that open, objects to read. It seals the secrets of Apps that a tenant registers, and nothing else.
 * In production the process's own identity may do nothing else.
 */
export type Vault = { readonly kms: Opener & Signer & SecretBox & Pick<Sealer, 'encrypt'> & ForgeKeys; readonly objects: ObjectReader };

/**
 * Opens the reading side: the folder store proves its retention dates with the keyring, so one machine has both or neither.
 * Errors: Fault `config.invalid` for a folder store without a keyring, and those of the keyring.
 */
export async function openVault(settings: VaultSettings, clock: Clock): Promise<Vault> {
  const { keys, objects } = settings;
  if (keys.kind === 'keyring') {
    const keyring = await localKeyring({ folder: keys.folder });
    const mac = (message: Uint8Array): Uint8Array => keyring.mac('object-retention', message);
    return {
      kms: keyring,
      objects: objects.kind === 'folder' ? await folderStore({ folder: objects.folder, clock, mac }) : openS3(objects, { clock }),
    };
  }
  if (objects.kind === 'folder') {
    throw new Fault('config.invalid', {
      internal: 'objects in a folder need a local keyring',
      public: 'AEGIS_OBJECTS: a folder needs a keyring',
    });
  }
  const tenantAliasPrefix = 'alias/aegis/tenant-';
  return {
    kms: awsKms({ client: { region: keys.region }, tenantAliasPrefix, auditLogKeyId: keys.auditLogKeyId }),
    objects: openS3(objects, { clock }),
  };
}
