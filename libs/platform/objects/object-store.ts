import type { TenantId } from '@lib/contract';
import type { Result } from '@lib/kernel';

/** One version of one object, and the digest that its bytes must have. `sha256` is lower-case hexadecimal. */
export type ObjectRef = { readonly key: string; readonly version: string; readonly sha256: string };

/** What a store knows of an object. Units: bytes, ms since the Unix epoch. */
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

export type PutError =
  | { readonly code: 'objects.exists'; readonly existing: StoredObject }
  | { readonly code: 'objects.key_invalid' | 'objects.digest_mismatch' | 'objects.too_large' | 'objects.retention_invalid' };

/** `objects.tampered`: what the store wrote down about the object was changed by someone else. */
export type ReadError = { readonly code: 'objects.absent' | 'objects.tampered' | 'objects.digest_mismatch' };
export type HeadError = { readonly code: 'objects.absent' | 'objects.tampered' };
export type ExtendError = {
  readonly code: 'objects.absent' | 'objects.tampered' | 'objects.retention_shortened' | 'objects.retention_invalid';
};
export type RemoveError = { readonly code: 'objects.absent' | 'objects.tampered' | 'objects.retained' };

export type ObjectPage = {
  readonly items: readonly { readonly key: string; readonly bytes: number }[];
  readonly nextCursor: string | undefined;
};

/**
 * Objects that are written once. A put answers when the bytes are durable; there is never half an object.
 * Faults: `objects.disk_full`, `objects.unavailable`, `objects.lock_not_applied`.
 */
export type ObjectStore = {
  /** Writes a new object. A key that is taken is not written again: the answer tells what is there, so that a retry can accept it. */
  readonly put: (request: PutRequest) => Promise<Result<StoredObject, PutError>>;
  /** Reads a version and checks its digest, each time. */
  readonly get: (ref: ObjectRef) => Promise<Result<Uint8Array, ReadError>>;
  readonly head: (key: string) => Promise<Result<StoredObject, HeadError>>;
  /** Moves the date further. MUST NOT move it closer, whoever asks. */
  readonly extendRetention: (ref: ObjectRef, retainUntilMs: number) => Promise<Result<StoredObject, ExtendError>>;
  /** Removes a version whose date has passed. */
  readonly remove: (ref: ObjectRef) => Promise<Result<void, RemoveError>>;
  /** Keys under a prefix, in order of their bytes. At most `limits.objectListMax` a page. */
  readonly list: (page: {
    readonly prefix: string;
    readonly cursor?: string | undefined;
    readonly itemsMax: number;
  }) => Promise<ObjectPage>;
};
