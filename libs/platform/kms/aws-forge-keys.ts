import { constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  type KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { assert, present } from '@lib/kernel';
import { ask } from './ask-kms.ts';
import { forgeMaterialOf } from './key-material.ts';
import type { ForgeKey, ForgeKeys } from './kms.ts';

const DELETION_DAYS = 7; // the shortest that AWS allows; the key is unusable from the first minute

/** The alias of an App's key. */
export function forgeAlias({ appId }: ForgeKey, prefix = 'alias/aegis/forge-'): string {
  return `${prefix}${appId}`;
}

/**
 * Takes App keys over into AWS KMS: a key without material, which then gets the forge's, wrapped so that nobody on the way can read it
 * (RSA_AES_KEY_WRAP_SHA_256). The alias comes last: a key that is not whole is found by nobody. Faults: `kms.forge_key_invalid`, `kms.unavailable`.
 */
export function awsForgeKeys(client: KMSClient, prefix: string | undefined): ForgeKeys {
  return {
    importForgeKey: async (key, pem) => {
      const material = forgeMaterialOf(pem);
      try {
        await importKey(client, { alias: forgeAlias(key, prefix), tenantId: key.tenantId, material });
      } finally {
        material.fill(0);
      }
    },
    destroyForgeKey: async (key) => {
      const found = await ask(() => client.send(new DescribeKeyCommand({ KeyId: forgeAlias(key, prefix) })));
      if (!found.ok || found.value.KeyMetadata?.KeyState === 'PendingDeletion') return;
      const KeyId = present(found.value.KeyMetadata?.KeyId, 'id of a DescribeKey answer');
      await ask(() => client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: DELETION_DAYS })));
    },
  };
}

type Import = { readonly alias: string; readonly tenantId: string; readonly material: Buffer };

async function importKey(client: KMSClient, { alias, tenantId, material }: Import): Promise<void> {
  const Tags = [{ TagKey: 'tenant_id', TagValue: tenantId }];
  const made = await client.send(new CreateKeyCommand({ Origin: 'EXTERNAL', KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY', Tags }));
  const KeyId = present(made.KeyMetadata?.KeyId, 'id of a CreateKey answer');
  const given = await client.send(
    new GetParametersForImportCommand({ KeyId, WrappingAlgorithm: 'RSA_AES_KEY_WRAP_SHA_256', WrappingKeySpec: 'RSA_4096' }),
  );
  const wrapping = present(given.PublicKey, 'key of a GetParametersForImport answer');
  await client.send(
    new ImportKeyMaterialCommand({
      KeyId,
      ImportToken: present(given.ImportToken, 'token of a GetParametersForImport answer'),
      EncryptedKeyMaterial: wrapForImport(wrapping, material),
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    }),
  );
  await client.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: KeyId }));
}

/** An AES key under RSA-OAEP with SHA-256, then the material under that key. Source: AWS KMS, importing key material; RFC 5649. */
function wrapForImport(wrappingKey: Uint8Array, material: Uint8Array): Uint8Array {
  const key = createPublicKey({ key: Buffer.from(wrappingKey), format: 'der', type: 'spki' });
  const once = randomBytes(32);
  const cipher = createCipheriv('id-aes256-wrap-pad', once, initialValue);
  const wrapped = Buffer.concat([cipher.update(material), cipher.final()]);
  assert(wrapped.length > material.length, 'the wrapping adds its check');
  return Buffer.concat([publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, once), wrapped]);
}

const initialValue = Buffer.from('a65959a6', 'hex'); // RFC 5649, section 3
