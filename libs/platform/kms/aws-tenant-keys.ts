import { CreateAliasCommand, CreateKeyCommand, DescribeKeyCommand, type KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { type TenantId, limits } from '@lib/contract';
import { type Result, err, ok, present } from '@lib/kernel';
import { ask, refusal } from './ask-kms.ts';
import type { KmsError, TenantKey } from './kms.ts';
import type { KeyPolicy } from './tenant-key-policy.ts';

/** How tenants' keys are called, and the policy of a new one. */
export type TenantKeysOptions = {
  readonly tenantAliasPrefix: string;
  readonly tenantKeyPolicy?: (tenantId: TenantId) => KeyPolicy;
};

const DELETION_DAYS = 7; // the shortest that AWS allows; the key is unusable from the first minute

/** The KMS keys of tenants, found by alias. */
export class AwsTenantKeys {
  readonly #client: KMSClient;
  readonly #prefix: string;
  readonly #policy: TenantKeysOptions['tenantKeyPolicy'];
  readonly #arns = new Map<TenantId, string>();

  constructor(client: KMSClient, options: TenantKeysOptions) {
    this.#client = client;
    this.#prefix = options.tenantAliasPrefix;
    this.#policy = options.tenantKeyPolicy;
  }

  aliasOf(tenantId: TenantId, key: TenantKey): string {
    return `${this.#prefix}${tenantId}${key === 'evidence' ? '' : '-records'}`;
  }

  /** The own name of the key of evidence, which bucket policies can demand; an alias they cannot. One `DescribeKey` a tenant and process. */
  async arnOf(tenantId: TenantId): Promise<Result<string, KmsError>> {
    const known = this.#arns.get(tenantId);
    if (known !== undefined) return ok(known);
    const found = await this.#find(tenantId, 'evidence');
    if (!found.ok) return found;
    const [oldest] = this.#arns.keys();
    if (this.#arns.size >= limits.keyringCacheMax && oldest !== undefined) this.#arns.delete(oldest);
    this.#arns.set(tenantId, found.value.arn);
    return ok(found.value.arn);
  }

  /** Makes both unless they exist. */
  async create(tenantId: TenantId): Promise<Result<void, KmsError>> {
    const evidence = await this.#create(tenantId, 'evidence');
    return evidence.ok ? this.#create(tenantId, 'records') : evidence;
  }

  async #create(tenantId: TenantId, of: TenantKey): Promise<Result<void, KmsError>> {
    const found = await this.#find(tenantId, of);
    if (found.ok) return ok(undefined);
    if (found.error.code !== 'kms.key_absent') return found;
    const Tags = [{ TagKey: 'tenant_id', TagValue: tenantId }];
    const policy = this.#policy === undefined ? {} : { Policy: JSON.stringify(this.#policy(tenantId)) };
    const key = { KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT', Tags, ...policy } as const;
    const made = await ask(() => this.#client.send(new CreateKeyCommand(key)));
    if (!made.ok) return made;
    const keyId = present(made.value.KeyMetadata?.KeyId, 'id of a CreateKey answer');
    return this.#nameKey(this.aliasOf(tenantId, of), keyId);
  }

  async destroy(tenantId: TenantId, key: TenantKey): Promise<void> {
    const found = await this.#find(tenantId, key);
    if (found.ok) await this.#schedule(found.value.id);
  }

  // The alias decides between two creators: the loser's key has sealed nothing and goes.
  async #nameKey(alias: string, keyId: string): Promise<Result<void, KmsError>> {
    try {
      await this.#client.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: keyId }));
      return ok(undefined);
    } catch (error) {
      await this.#schedule(keyId);
      if (error instanceof Error && error.name === 'AlreadyExistsException') return ok(undefined);
      return refusal(error);
    }
  }

  async #find(tenantId: TenantId, key: TenantKey): Promise<Result<{ readonly id: string; readonly arn: string }, KmsError>> {
    const answer = await ask(() => this.#client.send(new DescribeKeyCommand({ KeyId: this.aliasOf(tenantId, key) })));
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
