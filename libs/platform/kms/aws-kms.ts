import { type KeyObject, createPublicKey } from 'node:crypto';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  type KMSClientConfig,
  ScheduleKeyDeletionCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import { type TenantId, limits } from '@lib/contract';
import { Fault, type Result, assert, err, ok, present } from '@lib/kernel';
import { ask, refusal } from './ask-kms.ts';
import { DATA_KEY_BYTES, contextFields } from './envelope.ts';
import { type MakeDataKey, type UnwrapDataKey, envelopeOpener, envelopeSealer } from './envelope-kms.ts';
import { awsForgeKeys, forgeAlias } from './aws-forge-keys.ts';
import type { Kms, KmsError, SecretBox, SigningKey } from './kms.ts';
import type { KeyPolicy } from './tenant-key-policy.ts';

/** Keys of the two signing purposes are made by the deployment; tenant keys are made here and found by alias. */
export type AwsKmsOptions = {
  readonly client: Pick<KMSClientConfig, 'region' | 'endpoint' | 'credentials'>;
  /** Alias of a tenant's key is this and the tenant's id: `alias/aegis/tenant-`. */
  readonly tenantAliasPrefix: string;
  /** ECC_NIST_EDWARDS25519. */
  readonly auditLogKeyId: string;
  /** Alias of an App's key is this and the App's id of ours. Default: `alias/aegis/forge-`. */
  readonly forgeAliasPrefix?: string;
  /** Policy of a new tenant's key (`tenantKeyPolicy`). Without one the account's own policies decide. */
  readonly tenantKeyPolicy?: (tenantId: TenantId) => KeyPolicy;
};

const DELETION_DAYS = 7; // the shortest that AWS allows; the key is unusable from the first minute

/**
 * Keys in AWS KMS. A data key is wrapped under the tenant's own KMS key with the envelope's context as encryption context.
 * Each audit checkpoint costs one `Sign` call, so the account's request quota bounds checkpoints a second.
 * Faults: `kms.unavailable`, which names the error class and nothing else.
 */
export function awsKms(options: AwsKmsOptions): Kms {
  const client = new KMSClient({
    ...options.client,
    maxAttempts: limits.remoteAttemptsMax,
    // without the last of these the client only warns, and waits on
    requestHandler: { requestTimeout: limits.remoteRequestMs, connectionTimeout: limits.connectMs, throwOnRequestTimeout: true },
  });
  const tenantKeys = new TenantKeys(client, options);
  const publicKeys = new Map<string, KeyObject>();
  return {
    ...envelopeSealer(dataKeyMaker(client, tenantKeys)),
    ...envelopeOpener(dataKeyOpener(client, tenantKeys)),
    ...secretBox(client),
    storeKeyOf: (tenantId) => tenantKeys.arnOf(tenantId),
    createTenantKey: (tenantId) => tenantKeys.create(tenantId),
    destroyTenantKey: (tenantId) => tenantKeys.destroy(tenantId),
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
function dataKeyMaker(client: KMSClient, tenantKeys: TenantKeys): MakeDataKey {
  return async (context) => {
    const request = { KeyId: tenantKeys.aliasOf(context.tenantId), KeySpec: 'AES_256', EncryptionContext: contextFields(context) } as const;
    const answer = await ask(() => client.send(new GenerateDataKeyCommand(request)));
    if (!answer.ok) return answer;
    const plain = present(answer.value.Plaintext, 'plain key of a GenerateDataKey answer');
    assert(plain.length === DATA_KEY_BYTES, 'a data key has 32 bytes');
    return ok({ plain, wrapped: present(answer.value.CiphertextBlob, 'wrapped key of a GenerateDataKey answer') });
  };
}

// `kms:Decrypt`: the API's role
function dataKeyOpener(client: KMSClient, tenantKeys: TenantKeys): UnwrapDataKey {
  return async (context, wrapped) => {
    // naming the key makes KMS refuse a blob of any other, whatever the blob says of itself
    const KeyId = tenantKeys.aliasOf(context.tenantId);
    const request = { KeyId, CiphertextBlob: wrapped, EncryptionContext: contextFields(context) };
    const answer = await ask(() => client.send(new DecryptCommand(request)));
    return answer.ok ? ok(present(answer.value.Plaintext, 'plain key of a Decrypt answer')) : answer;
  };
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

class TenantKeys {
  readonly #client: KMSClient;
  readonly #prefix: string;
  readonly #policy: AwsKmsOptions['tenantKeyPolicy'];
  readonly #arns = new Map<TenantId, string>();

  constructor(client: KMSClient, options: AwsKmsOptions) {
    this.#client = client;
    this.#prefix = options.tenantAliasPrefix;
    this.#policy = options.tenantKeyPolicy;
  }

  aliasOf(tenantId: TenantId): string {
    return `${this.#prefix}${tenantId}`;
  }

  /** The key's own name, which bucket policies can demand; an alias they cannot. One `DescribeKey` a tenant and process. */
  async arnOf(tenantId: TenantId): Promise<Result<string, KmsError>> {
    const known = this.#arns.get(tenantId);
    if (known !== undefined) return ok(known);
    const found = await this.#find(tenantId);
    if (!found.ok) return found;
    const [oldest] = this.#arns.keys();
    if (this.#arns.size >= limits.keyringCacheMax && oldest !== undefined) this.#arns.delete(oldest);
    this.#arns.set(tenantId, found.value.arn);
    return ok(found.value.arn);
  }

  async create(tenantId: TenantId): Promise<Result<void, KmsError>> {
    const found = await this.#find(tenantId);
    if (found.ok) return ok(undefined);
    if (found.error.code !== 'kms.key_absent') return found;
    const Tags = [{ TagKey: 'tenant_id', TagValue: tenantId }];
    const policy = this.#policy === undefined ? {} : { Policy: JSON.stringify(this.#policy(tenantId)) };
    const key = { KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT', Tags, ...policy } as const;
    const made = await ask(() => this.#client.send(new CreateKeyCommand(key)));
    if (!made.ok) return made;
    const keyId = present(made.value.KeyMetadata?.KeyId, 'id of a CreateKey answer');
    return this.#nameKey(tenantId, keyId);
  }

  async destroy(tenantId: TenantId): Promise<void> {
    const found = await this.#find(tenantId);
    if (found.ok) await this.#schedule(found.value.id);
  }

  // The alias decides between two creators: the loser's key has sealed nothing and goes.
  async #nameKey(tenantId: TenantId, keyId: string): Promise<Result<void, KmsError>> {
    try {
      await this.#client.send(new CreateAliasCommand({ AliasName: this.aliasOf(tenantId), TargetKeyId: keyId }));
      return ok(undefined);
    } catch (error) {
      await this.#schedule(keyId);
      if (error instanceof Error && error.name === 'AlreadyExistsException') return ok(undefined);
      return refusal(error);
    }
  }

  async #find(tenantId: TenantId): Promise<Result<{ readonly id: string; readonly arn: string }, KmsError>> {
    const answer = await ask(() => this.#client.send(new DescribeKeyCommand({ KeyId: this.aliasOf(tenantId) })));
    if (!answer.ok) return answer;
    const facts = present(answer.value.KeyMetadata, 'facts of a DescribeKey answer');
    if (facts.KeyState === 'PendingDeletion') return err({ code: 'kms.key_destroyed' });
    const id = present(facts.KeyId, 'id of a DescribeKey answer');
    return ok({ id, arn: facts.Arn ?? id });
  }

  async #schedule(keyId: string): Promise<void> {
    await ask(() => this.#client.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: DELETION_DAYS })));
  }
}
