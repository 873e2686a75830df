import type { TenantId } from '@lib/contract';
import type { Result } from '@lib/kernel';

/** One version of one object, and the digest that its bytes must have. `sha256` is lower-case hexadecimal. */
export type ObjectRef = { readonly key: string; readonly version: string; readonly sha256: string };

/** What keeps a version from being removed. Units: ms since the Unix epoch. */
export type ObjectLock = { readonly retainUntilMs: number | undefined; readonly legalHold: boolean };

/** What a put answers. Units: bytes, ms since the Unix epoch. */
export type StoredObject = ObjectRef & { readonly bytes: number; readonly retainUntilMs: number | undefined };

/** Units: ms since the Unix epoch. Keys: lower-case letters, digits, `.`, `_`, `-`, in segments divided by `/`. */
export type PutRequest = {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
  /** Until then nobody, the account's owner included, can remove this version. Stores may round it up to a whole second. */
  readonly retainUntilMs: number | undefined;
  /** The tenant's key in the store's own encryption, where it has one. Bytes that matter are sealed before they come here. */
  readonly kmsKeyRef?: string;
  readonly context: { readonly tenantId: TenantId; readonly purpose: string };
};

/** `objects.exists` tells nothing of what is there: whoever writes may not read. */
export type PutError = {
  readonly code: 'objects.exists' | 'objects.key_invalid' | 'objects.digest_mismatch' | 'objects.too_large' | 'objects.retention_invalid';
};

/** `objects.tampered`: what the store wrote down about the object was changed by someone else. */
export type ReadError = { readonly code: 'objects.absent' | 'objects.tampered' | 'objects.digest_mismatch' };
export type LockError = { readonly code: 'objects.absent' | 'objects.tampered' };
export type ExtendError = LockError | { readonly code: 'objects.retention_shortened' | 'objects.retention_invalid' };
export type RemoveError = LockError | { readonly code: 'objects.retained' | 'objects.held' };

export type ObjectPage = {
  readonly items: readonly { readonly key: string; readonly version: string; readonly bytes: number }[];
  readonly nextCursor: string | undefined;
};

/** The worker's side: new objects, and nothing else. It reads no byte back, not even those it wrote. */
export type ObjectWriter = {
  /** Writes a new object. A key that is taken is not written again. A put answers when the bytes are durable: there is never half an object. */
  readonly put: (request: PutRequest) => Promise<Result<StoredObject, PutError>>;
};

/** The side of whoever shows evidence: reads, and writes nothing. */
export type ObjectReader = {
  /** Reads a version and checks its digest, each time. */
  readonly get: (ref: ObjectRef) => Promise<Result<Uint8Array, ReadError>>;
  /** What the store itself says of the version's retention, to be compared with the record. */
  readonly lockOf: (ref: Pick<ObjectRef, 'key' | 'version'>) => Promise<Result<ObjectLock, LockError>>;
};

/** The side of whoever keeps what is stored: dates, holds, and the sweep of what has expired. It reads no byte and writes none. */
export type ObjectKeeper = Pick<ObjectReader, 'lockOf'> & {
  /** Moves the date further. MUST NOT move it closer, whoever asks. */
  readonly extendRetention: (ref: ObjectRef, retainUntilMs: number) => Promise<Result<ObjectLock, ExtendError>>;
  /** Sets or lifts a legal hold: while it stands, nobody can remove the version, whatever its date. */
  readonly holdLegally: (ref: ObjectRef, held: boolean) => Promise<Result<ObjectLock, LockError>>;
  /** Removes a version whose date has passed, by the store's clock, and that is not held. */
  readonly remove: (ref: ObjectRef) => Promise<Result<void, RemoveError>>;
  /** Every version under a prefix, in order of the keys' bytes, hidden ones included. At most `limits.objectListMax` a page. */
  readonly list: (page: {
    readonly prefix: string;
    readonly cursor?: string | undefined;
    readonly itemsMax: number;
  }) => Promise<ObjectPage>;
};

/**
 * Objects that are written once; three sides, which production gives to three identities.
 * Faults: `objects.disk_full`, `objects.unavailable`, `objects.lock_not_applied`, `objects.encryption_not_applied`.
 */
export type ObjectStore = ObjectWriter & ObjectReader & ObjectKeeper;
