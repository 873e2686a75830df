import { Fault, type Clock } from '@lib/kernel';
import { awsKms, sealingKeyring, type Sealer, type SecretBox, type SecretKeyer, type Signer } from '@lib/platform/kms';
import { folderStore, type ObjectKeeper, type ObjectWriter } from '@lib/platform/objects';
import { openS3 } from './open-s3.ts';
import type { VaultSettings } from './open-vault.ts';

/** `keeperProfile` names the AWS profile of the identity that holds, extends and sweeps; absent, it is the process's own. */
export type SealingSettings = VaultSettings & { readonly keeperProfile: string | undefined };

/** The worker's side: keys that seal, objects to write, and the keeping of what was written. Nothing in it reads evidence. */
export type SealingVault = {
  readonly kms: Sealer & Signer & SecretBox & SecretKeyer;
  readonly objects: ObjectWriter;
  readonly keeper: ObjectKeeper;
};

/**
 * Opens the worker's side. Of a local keyring only the half that seals is opened.
 * Errors: Fault `config.invalid` for a folder store without a keyring, and those of the keyring.
 */
export async function openSealingVault(settings: SealingSettings, clock: Clock): Promise<SealingVault> {
  const { keys, objects } = settings;
  if (keys.kind === 'keyring') {
    const keyring = await sealingKeyring({ folder: keys.folder });
    if (objects.kind === 's3') return { kms: keyring, ...s3Sides(settings, objects, clock) };
    const mac = (message: Uint8Array): Uint8Array => keyring.mac('object-retention', message);
    const store = await folderStore({ folder: objects.folder, clock, mac });
    return { kms: keyring, objects: { put: store.put }, keeper: store };
  }
  if (objects.kind === 'folder') {
    throw new Fault('config.invalid', {
      internal: 'objects in a folder need a local keyring',
      public: 'AEGIS_OBJECTS: a folder needs a keyring',
    });
  }
  const tenantAliasPrefix = 'alias/aegis/tenant-';
  const kms = awsKms({ client: { region: keys.region }, tenantAliasPrefix, auditLogKeyId: keys.auditLogKeyId });
  return { kms, ...s3Sides(settings, objects, clock) };
}

function s3Sides(
  settings: SealingSettings,
  objects: Parameters<typeof openS3>[0],
  clock: Clock,
): { readonly objects: ObjectWriter; readonly keeper: ObjectKeeper } {
  const { put } = openS3(objects, { clock });
  return { objects: { put }, keeper: openS3(objects, { clock, profile: settings.keeperProfile }) };
}
