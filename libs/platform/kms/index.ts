export type {
  EnvelopeContext,
  ForgeKey,
  ForgeKeys,
  Kms,
  KmsError,
  Opener,
  PlainParts,
  Sealer,
  SecretBox,
  SecretKeyer,
  Shredder,
  Signer,
  SigningKey,
  TenantKey,
} from './kms.ts';
export { awsShredder, keyringShredder } from './open-shredder.ts';
export { type LocalKeyring, type SealingKeyring, localKeyring, sealingKeyring } from './local-keyring.ts';
export { type AwsKmsOptions, awsKms } from './aws-kms.ts';
export { type KeyPolicy, type TenantKeyRoles, tenantKeyPolicy } from './tenant-key-policy.ts';
export { unwrapKey, wrapKey } from './wrap-key.ts';
