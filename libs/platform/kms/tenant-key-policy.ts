import type { TenantId } from '@lib/contract';

/** A policy as KMS takes it. Source: AWS KMS, key policies. */
export type KeyPolicy = { readonly Version: '2012-10-17'; readonly Statement: readonly Readonly<Record<string, unknown>>[] };

/** ARNs of the roles that use tenants' keys. */
export type TenantKeyRoles = {
  /** Makes keys. */
  readonly administrator: string;
  /** Destroys those of closed accounts, and does nothing else with any. */
  readonly shredder: string;
  /** The worker: wraps data keys, cannot unwrap one. */
  readonly writer: string;
  /** The API: unwraps; it wraps the secrets of the tenant's Apps and nothing else. */
  readonly reader: string;
};

/**
 * The policy of one tenant's key. The worker may ask for data keys and not open them, the API the other way round but for the secrets of the tenant's Apps, both only with this
 * tenant in the encryption context; so may the object store on behalf of each. Nobody else may use the key, administrators included.
 */
export function tenantKeyPolicy(roles: TenantKeyRoles, tenantId: TenantId): KeyPolicy {
  const ofTenant = { StringEquals: { 'kms:EncryptionContext:tenant': tenantId } };
  const ofForgeSecrets = { StringEquals: { ...ofTenant.StringEquals, 'kms:EncryptionContext:purpose': 'forge-secret' } };
  const allow = (Sid: string, who: string, Action: readonly string[]): Readonly<Record<string, unknown>> => ({
    Sid,
    Effect: 'Allow',
    Principal: { AWS: who },
    Action,
    Resource: '*',
  });
  const administer = [
    'kms:DescribeKey',
    'kms:CreateAlias',
    'kms:TagResource',
    'kms:PutKeyPolicy',
    'kms:ScheduleKeyDeletion', // of its own second key, where two made one at once
    'kms:GetKeyPolicy',
  ];
  return {
    Version: '2012-10-17',
    Statement: [
      allow('Administer', roles.administrator, administer),
      allow('Shred', roles.shredder, ['kms:DescribeKey', 'kms:ScheduleKeyDeletion']),
      allow('Describe', roles.writer, ['kms:DescribeKey']),
      { ...allow('Seal', roles.writer, ['kms:GenerateDataKey']), Condition: ofTenant },
      { ...allow('Open', roles.reader, ['kms:Decrypt']), Condition: ofTenant },
      { ...allow('SealForgeSecrets', roles.reader, ['kms:GenerateDataKey']), Condition: ofForgeSecrets },
      {
        Sid: 'NeverForAnotherTenant',
        Effect: 'Deny',
        Principal: '*',
        Action: ['kms:GenerateDataKey*', 'kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*'],
        Resource: '*',
        Condition: { StringNotEquals: { 'kms:EncryptionContext:tenant': tenantId } },
      },
    ],
  };
}
