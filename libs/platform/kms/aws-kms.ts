import { type KeyObject, createPublicKey } from 'node:crypto';
import type { KMSClient } from '@aws-sdk/client-kms';
import {
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetPublicKeyCommand,
  type KMSClientConfig,
  SignCommand,
} from '@aws-sdk/client-kms';
import type { TenantId } from '@lib/contract';
import { Fault, assert, ok, present } from '@lib/kernel';
import { ask } from './ask-kms.ts';
import { DATA_KEY_BYTES, contextFields } from './envelope.ts';
import { AwsTenantKeys } from './aws-tenant-keys.ts';
import { type MakeDataKey, type UnwrapDataKey, envelopeOpener, envelopeSealer, underEither } from './envelope-kms.ts';
import { awsForgeKeys, forgeAlias } from './aws-forge-keys.ts';
import { type Kms, type SecretBox, type SigningKey, tenantKeyOf } from './kms.ts';
import { openKmsClient } from './open-kms-client.ts';
import type { KeyPolicy } from './tenant-key-policy.ts';

/** Keys of the two signing purposes are made by the deployment; tenant keys are made here and found by alias. */
export type AwsKmsOptions = {
  readonly client: Pick<KMSClientConfig, 'region' | 'endpoint' | 'credentials'>;
  /** Alias of a tenant's key of evidence is this and the tenant's id, of the other one that and `-records`: `alias/aegis/tenant-`. */
  readonly tenantAliasPrefix: string;
  /** ECC_NIST_EDWARDS25519. */
  readonly auditLogKeyId: string;
  /** Alias of an App's key is this and the App's id of ours. Default: `alias/aegis/forge-`. */
  readonly forgeAliasPrefix?: string;
  /** Policy of a new tenant's key (`tenantKeyPolicy`). Without one the account's own policies decide. */
  readonly tenantKeyPolicy?: (tenantId: TenantId) => KeyPolicy;
};

/**
 * Keys in AWS KMS. A data key is wrapped under the tenant's own KMS key with the envelope's context as encryption context.
 * Each audit checkpoint costs one `Sign` call, so the account's request quota bounds checkpoints a second.
 * Faults: `kms.unavailable`, which names the error class and nothing else.
 */
export function awsKms(options: AwsKmsOptions): Kms {
  const client = openKmsClient(options.client);
  const tenantKeys = new AwsTenantKeys(client, options);
  const publicKeys = new Map<string, KeyObject>();
  return {
    ...envelopeSealer(dataKeyMaker(client, tenantKeys)),
    ...envelopeOpener(dataKeyOpener(client, tenantKeys)),
    ...secretBox(client),
    storeKeyOf: (tenantId) => tenantKeys.arnOf(tenantId),
    keyerOf: () => Promise.resolve(ok(undefined)), // needs an HMAC key for each tenant, which the deployment does not make yet
    createTenantKey: (tenantId) => tenantKeys.create(tenantId),
    destroyTenantKey: (tenantId, key) => tenantKeys.destroy(tenantId, key),
    ...awsForgeKeys(client, options.forgeAliasPrefix),
    sign: async (key, message) => {
      const id = signingKeyId(options, key);
      const SigningAlgorithm = key.purpose === 'forge' ? 'RSASSA_PKCS1_V1_5_SHA_256' : 'ED25519_SHA_512';
      const answer = await ask(() => client.send(new SignCommand({ KeyId: id, Message: message, MessageType: 'RAW', SigningAlgorithm })));
      return answer.ok ? ok(present(answer.value.Signature, 'signature of a Sign answer')) : answer;
    },
    publicKey: async (key) => {
      const id = signingKeyId(options, key);
      const known = publicKeys.get(id);
      if (known !== undefined) return ok(known);
      const answer = await ask(() => client.send(new GetPublicKeyCommand({ KeyId: id })));
      if (!answer.ok) return answer;
      const der = Buffer.from(present(answer.value.PublicKey, 'key of a GetPublicKey answer'));
      const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
      assert(publicKey.asymmetricKeyType === (key.purpose === 'forge' ? 'rsa' : 'ed25519'), 'the configured key is of its purpose');
      if (key.purpose !== 'forge') publicKeys.set(id, publicKey); // two at most
      return ok(publicKey);
    },
  };
}

function signingKeyId(options: AwsKmsOptions, key: SigningKey): string {
  return key.purpose === 'forge' ? forgeAlias(key, options.forgeAliasPrefix) : options.auditLogKeyId;
}

// `kms:GenerateDataKey`: the worker's role
function dataKeyMaker(client: KMSClient, tenantKeys: AwsTenantKeys): MakeDataKey {
  return async (context) => {
    const KeyId = tenantKeys.aliasOf(context.tenantId, tenantKeyOf(context));
    const request = { KeyId, KeySpec: 'AES_256', EncryptionContext: contextFields(context) } as const;
    const answer = await ask(() => client.send(new GenerateDataKeyCommand(request)));
    if (!answer.ok) return answer;
    const plain = present(answer.value.Plaintext, 'plain key of a GenerateDataKey answer');
    assert(plain.length === DATA_KEY_BYTES, 'a data key has 32 bytes');
    return ok({ plain, wrapped: present(answer.value.CiphertextBlob, 'wrapped key of a GenerateDataKey answer') });
  };
}

// `kms:Decrypt`: the API's role
function dataKeyOpener(client: KMSClient, tenantKeys: AwsTenantKeys): UnwrapDataKey {
  return underEither(async (key, context, wrapped) => {
    // naming the key makes KMS refuse a blob of any other, whatever the blob says of itself
    const KeyId = tenantKeys.aliasOf(context.tenantId, key);
    const request = { KeyId, CiphertextBlob: wrapped, EncryptionContext: contextFields(context) };
    const answer = await ask(() => client.send(new DecryptCommand(request)));
    return answer.ok ? ok(present(answer.value.Plaintext, 'plain key of a Decrypt answer')) : answer;
  });
}

const SECRETS_KEY = 'alias/aegis/sink-secrets'; // made by the deployment: the API's role may encrypt under it, the worker's decrypt

function secretBox(client: KMSClient): SecretBox {
  return {
    conceal: async (place, secret) => {
      const answer = await ask(() =>
        client.send(new EncryptCommand({ KeyId: SECRETS_KEY, Plaintext: secret, EncryptionContext: { place } })),
      );
      if (!answer.ok) throw new Fault('kms.unavailable', { internal: `the key for secrets of sinks: ${answer.error.code}` });
      return present(answer.value.CiphertextBlob, 'ciphertext of an Encrypt answer');
    },
    reveal: async (place, sealed) => {
      const request = { KeyId: SECRETS_KEY, CiphertextBlob: sealed, EncryptionContext: { place } };
      const answer = await ask(() => client.send(new DecryptCommand(request)));
      return answer.ok ? ok(present(answer.value.Plaintext, 'plaintext of a Decrypt answer')) : answer;
    },
  };
}
