export type { EnvelopeContext, Kms, KmsError, SigningKey } from './kms.ts';
export { type LocalKeyring, localKeyring } from './local-keyring.ts';
export { type AwsKmsOptions, awsKms } from './aws-kms.ts';
export { unwrapKey, wrapKey } from './wrap-key.ts';
