import type { KeyObject } from 'node:crypto';
import type { ForgeAppId, TenantId } from '@lib/contract';
import type { Result } from '@lib/kernel';

/** What a sealed object is bound to. It opens under exactly the same four values and under no others. Ids only, never content. */
export type EnvelopeContext = {
  readonly tenantId: TenantId;
  /** What the bytes are: `evidence-pack`, `tree`, ... */
  readonly purpose: string;
  /** Which object: a moved ciphertext does not open in its new place. */
  readonly objectId: string;
  /** Version of the object's format. */
  readonly version: number;
};

/** A signing key is named by what it is for; the algorithm follows from that and is never read from a message. */
export type SigningKey =
  | { readonly purpose: 'audit-log'; readonly tenantId: TenantId } // Ed25519
  | { readonly purpose: 'audit-logs' } // Ed25519; the log over all tenants' logs
  | ForgeKey;

/** The key of one App that a tenant has registered with a forge. RSA, PKCS #1 v1.5, SHA-256: what the forge's App protocol asks for. */
export type ForgeKey = { readonly purpose: 'forge'; readonly tenantId: TenantId; readonly appId: ForgeAppId };

/** The keys of Apps: the forge makes them, we take them over once, and from then on they only sign. */
export type ForgeKeys = {
  /** Takes over the private key that the forge gave for an App, in PEM form; the caller forgets it. Faults: `kms.forge_key_invalid`. */
  readonly importForgeKey: (key: ForgeKey, pem: string) => Promise<void>;
  /** Afterwards nothing is signed for the App any more. */
  readonly destroyForgeKey: (key: ForgeKey) => Promise<void>;
};

/**
 * `kms.key_absent`: never made. `kms.key_destroyed`: made and shredded; what it sealed is gone for good.
 * `kms.refused`: altered bytes, another context, another key: which of them is not told.
 */
export type KmsError = { readonly code: 'kms.key_absent' | 'kms.key_destroyed' | 'kms.refused' };

/** What an object is made of: parts that lie one after the other, are taken once, and may be made when they are asked for. Units: bytes. */
export type PlainParts = { readonly bytesMax: number; readonly parts: Iterable<Uint8Array> };

/** An object as it is stored, and its SHA-256 in lower-case hexadecimal. */
export type SealedObject = { readonly bytes: Uint8Array; readonly sha256: string };

/** The worker's side: seals, and cannot open what it sealed. */
export type Sealer = {
  /** Seals bytes under a fresh data key that the tenant's key wraps. The same input never gives the same output. */
  readonly encrypt: (context: EnvelopeContext, plain: Uint8Array) => Promise<Result<Uint8Array, KmsError>>;
  /** The same for a whole object; its digest is taken while it is made. */
  readonly seal: (context: EnvelopeContext, plain: PlainParts) => Promise<Result<SealedObject, KmsError>>;
  /** The tenant's key in the object store's own encryption, where the keys have one; undefined where they have not. */
  readonly storeKeyOf: (tenantId: TenantId) => Promise<Result<string | undefined, KmsError>>;
};

/** The side of whoever shows evidence. */
export type Opener = { readonly decrypt: (context: EnvelopeContext, sealed: Uint8Array) => Promise<Result<Uint8Array, KmsError>> };

/**
 * Secrets of places outside, which one service of ours is given and another must show: a token, a signing key. Sealed to their place,
 * so that one that is moved elsewhere does not open. Not for what a tenant owns: that is sealed under the tenant's key.
 */
export type SecretBox = {
  readonly conceal: (place: string, secret: Uint8Array) => Promise<Uint8Array>;
  /** Errors: `kms.refused`. */
  readonly reveal: (place: string, sealed: Uint8Array) => Promise<Result<Uint8Array, KmsError>>;
};

/**
 * Puts a tenant's key over digests of the secrets that were found: equal ones of one tenant stay equal, those of two tenants do not, and nobody
 * without the key can try guesses. Undefined where these keys are not kept. Destroyed with the tenant's key.
 */
export type SecretKeyer = {
  readonly keyerOf: (tenantId: TenantId) => Promise<Result<((digest: string) => string) | undefined, KmsError>>;
};

/** The signing keys: private halves never leave an implementation. */
export type Signer = {
  readonly sign: (key: SigningKey, message: Uint8Array) => Promise<Result<Uint8Array, KmsError>>;
  readonly publicKey: (key: SigningKey) => Promise<Result<KeyObject, KmsError>>;
};

/**
 * A tenant has two keys. `evidence` seals evidence packs, which are under retention, and lives until the last of them has gone; `records`
 * seals everything else, and goes with the account.
 */
export type TenantKey = 'evidence' | 'records';

/** Which of the two seals what is of this purpose. */
export function tenantKeyOf({ purpose }: EnvelopeContext): TenantKey {
  return purpose === 'evidence-pack' ? 'evidence' : 'records';
}

/** Destroys keys and can do nothing else with them: no other service's identity may. */
export type Shredder = {
  /** Crypto-shred: afterwards nothing that this key of the tenant sealed can be opened. The log's key stays, so that history verifies. */
  readonly destroyTenantKey: (tenantId: TenantId, key: TenantKey) => Promise<void>;
} & Pick<ForgeKeys, 'destroyForgeKey'>;

/**
 * Keys of the product. Private and secret keys never leave an implementation.
 * Faults: `kms.unavailable` (try later), `kms.keyring_corrupt` (an operator must restore it).
 */
export type Kms = Sealer &
  Opener &
  Signer &
  ForgeKeys &
  SecretBox &
  SecretKeyer &
  Shredder & {
    /** Makes the tenant's keys unless they exist. MUST NOT bring back a destroyed key. */
    readonly createTenantKey: (tenantId: TenantId) => Promise<Result<void, KmsError>>;
  };
