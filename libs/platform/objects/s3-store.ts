import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { limits } from '@lib/contract';
import { type Clock, Fault, type Result, SECOND_MS, assert, err, ok, present } from '@lib/kernel';
import { checkPut, isObjectKey, isRetention, sha256Of } from './check-put.ts';
import type { LockError, ObjectLock, ObjectRef, ObjectStore, PutError, PutRequest, ReadError, StoredObject } from './object-store.ts';

export type S3StoreOptions = {
  readonly client: Pick<S3ClientConfig, 'region' | 'endpoint' | 'credentials' | 'forcePathStyle' | 'profile'>;
  /** Made with Object Lock, which also turns versioning on. */
  readonly bucket: string;
  readonly clock: Clock;
  /**
   * Whether the server honours `If-None-Match: *` on a put. AWS does; Ceph RGW ignores it. Where it is ignored, the store looks
   * before and after: of two writers at once, the one whose version is not the oldest is told `objects.exists`, and its version
   * stays beside the first until its date.
   */
  readonly ifNoneMatch: 'honoured' | 'ignored';
};

/**
 * Objects in an S3 bucket with Object Lock. A date given at the put is a COMPLIANCE lock: no account, the root one included, can
 * shorten it or remove the version before. The lock is asked for after each put; a server that did not apply it is a fault. Each side of
 * the store calls only what its identity may (`evidenceBucketPolicy`): the writer's side never `GetObject` or `HeadObject`.
 */
export function s3Store(options: S3StoreOptions): ObjectStore {
  const client = new S3Client({
    ...options.client,
    maxAttempts: limits.remoteAttemptsMax,
    // we send and check SHA-256 ourselves; other servers refuse the default checksum trailers
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // without the last of these the client only warns, and waits on
    requestHandler: { requestTimeout: limits.remoteRequestMs, connectionTimeout: limits.connectMs, throwOnRequestTimeout: true },
  });
  const bucket: Bucket = { client, options };
  return {
    put: (request) => put(bucket, request),
    get: (ref) => get(bucket, ref),
    lockOf: (ref) => lockOf(bucket, ref),
    extendRetention: (ref, retainUntilMs) => extendRetention(bucket, ref, retainUntilMs),
    holdLegally: (ref, held) => holdLegally(bucket, ref, held),
    remove: (ref) => remove(bucket, ref),
    list: (page) => list(bucket, page),
  };
}

type Bucket = { readonly client: S3Client; readonly options: S3StoreOptions };

async function put(bucket: Bucket, request: PutRequest): Promise<Result<StoredObject, PutError>> {
  const refused = checkPut(request, bucket.options.clock.nowMs());
  if (refused !== undefined) return err(refused);
  const { key } = request;
  if (bucket.options.ifNoneMatch === 'ignored' && (await lockOf(bucket, { key })).ok) return err({ code: 'objects.exists' });
  const answer = await ask('put an object', () => bucket.client.send(new PutObjectCommand(putInput(bucket, request))));
  if (!answer.ok) {
    // 412: the key is taken; 409: another put of the key is under way, and one of the two will have been first
    if (answer.error.status === 412 || answer.error.status === 409) return err({ code: 'objects.exists' });
    throw refusalFault('put an object', answer.error.name);
  }
  if (request.kmsKeyRef !== undefined && answer.value.ServerSideEncryption !== 'aws:kms') {
    throw new Fault('objects.encryption_not_applied', { internal: 'the server took an object without encrypting it under the given key' });
  }
  // the bucket has Object Lock, so it has versions
  return confirmPut(bucket, request, present(answer.value.VersionId, 'version of a put'));
}

/** Asks what the server made of a put: the first of its key, under its lock. Neither question reveals a byte of any object. */
async function confirmPut(bucket: Bucket, request: PutRequest, version: string): Promise<Result<StoredObject, PutError>> {
  if (bucket.options.ifNoneMatch === 'ignored' && (await oldestVersion(bucket, request.key)) !== version) {
    return err({ code: 'objects.exists' });
  }
  const { key, sha256, bytes } = request;
  if (request.retainUntilMs === undefined) return ok({ key, version, sha256, bytes: bytes.length, retainUntilMs: undefined });
  const lock = await lockOf(bucket, { key, version });
  if (!lock.ok) throw new Fault('objects.unavailable', { internal: 'an object that was just put is not there' });
  const { retainUntilMs = 0 } = lock.value;
  if (retainUntilMs < request.retainUntilMs) {
    throw new Fault('objects.lock_not_applied', { internal: 'the server took an object without its COMPLIANCE lock; check the bucket' });
  }
  return ok({ key, version, sha256, bytes: bytes.length, retainUntilMs });
}

function putInput({ options }: Bucket, request: PutRequest): ConstructorParameters<typeof PutObjectCommand>[0] {
  const context = { tenant: request.context.tenantId, purpose: request.context.purpose };
  const lock =
    request.retainUntilMs === undefined
      ? {}
      : ({ ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: new Date(wholeSecond(request.retainUntilMs)) } as const);
  const encryption =
    request.kmsKeyRef === undefined
      ? {}
      : ({
          ServerSideEncryption: 'aws:kms',
          SSEKMSKeyId: request.kmsKeyRef,
          SSEKMSEncryptionContext: Buffer.from(JSON.stringify(context), 'utf8').toString('base64'),
        } as const);
  return {
    Bucket: options.bucket,
    Key: request.key,
    Body: request.bytes,
    ContentLength: request.bytes.length,
    ChecksumSHA256: Buffer.from(request.sha256, 'hex').toString('base64'),
    Metadata: { sha256: request.sha256, ...context },
    ...(options.ifNoneMatch === 'honoured' ? { IfNoneMatch: '*' } : {}),
    ...lock,
    ...encryption,
  };
}

async function oldestVersion({ client, options }: Bucket, key: string): Promise<string | undefined> {
  const answer = await ask('list versions', () =>
    client.send(new ListObjectVersionsCommand({ Bucket: options.bucket, Prefix: key, MaxKeys: 100 })),
  );
  if (!answer.ok) throw refusalFault('list versions', answer.error.name);
  // newest first within a key
  return answer.value.Versions?.findLast((version) => version.Key === key)?.VersionId;
}

async function get({ client, options }: Bucket, ref: ObjectRef): Promise<Result<Uint8Array, ReadError>> {
  if (!isObjectKey(ref.key)) return err({ code: 'objects.absent' });
  const input = { Bucket: options.bucket, Key: ref.key, VersionId: ref.version };
  const answer = await ask('get an object', async () => {
    const { Body, ContentLength } = await client.send(new GetObjectCommand(input));
    assert((ContentLength ?? 0) <= limits.objectBytesMax, 'no object is longer than those that were put');
    return present(Body, 'body of a get').transformToByteArray();
  });
  if (!answer.ok) return absentOr(answer.error, 'get an object');
  return sha256Of(answer.value) === ref.sha256 ? ok(answer.value) : err({ code: 'objects.digest_mismatch' });
}

type Versioned = { readonly key: string; readonly version?: string };

/**
 * Retention and hold of a version, by the two calls that show nothing else: whoever may not read the bytes may ask this.
 * Only a COMPLIANCE date counts: a GOVERNANCE one can be lifted.
 */
async function lockOf({ client, options }: Bucket, of: Versioned): Promise<Result<ObjectLock, LockError>> {
  if (!isObjectKey(of.key)) return err({ code: 'objects.absent' });
  const target = { Bucket: options.bucket, Key: of.key, ...(of.version === undefined ? {} : { VersionId: of.version }) };
  const retention = await lookAt('look at a retention', () => client.send(new GetObjectRetentionCommand(target)));
  if (!retention.ok) return retention;
  const hold = await lookAt('look at a legal hold', () => client.send(new GetObjectLegalHoldCommand(target)));
  if (!hold.ok) return hold;
  const given = retention.value?.Retention;
  const retainUntilMs = given?.Mode === 'COMPLIANCE' ? given.RetainUntilDate?.getTime() : undefined;
  return ok({ retainUntilMs, legalHold: hold.value?.LegalHold?.Status === 'ON' });
}

/** An answer, or nothing where the object is there and has none. */
async function lookAt<T>(doing: string, send: () => Promise<T>): Promise<Result<T | undefined, { readonly code: 'objects.absent' }>> {
  const answer = await ask(doing, send);
  if (answer.ok || !isUnlocked(answer.error)) return answer.ok ? answer : absentOr(answer.error, doing);
  return ok(undefined);
}

// the object is there and has none; an absent object is NoSuchKey or NoSuchVersion
function isUnlocked(refusal: Refusal): boolean {
  return refusal.name === 'NoSuchObjectLockConfiguration' || refusal.name === 'ObjectLockConfigurationNotFoundError';
}

async function extendRetention(bucket: Bucket, ref: ObjectRef, retainUntilMs: number): ReturnType<ObjectStore['extendRetention']> {
  const current = await lockOf(bucket, ref);
  if (!current.ok) return current;
  if (retainUntilMs < (current.value.retainUntilMs ?? 0)) return err({ code: 'objects.retention_shortened' });
  if (!isRetention(retainUntilMs, bucket.options.clock.nowMs())) return err({ code: 'objects.retention_invalid' });
  const Retention = { Mode: 'COMPLIANCE', RetainUntilDate: new Date(wholeSecond(retainUntilMs)) } as const;
  const input = { Bucket: bucket.options.bucket, Key: ref.key, VersionId: ref.version, Retention };
  const answer = await ask('extend a retention', () => bucket.client.send(new PutObjectRetentionCommand(input)));
  // someone else moved the date further between the look and the request
  if (!answer.ok && answer.error.status === 403) return err({ code: 'objects.retention_shortened' });
  if (!answer.ok) return absentOr(answer.error, 'extend a retention');
  return lockOf(bucket, ref);
}

async function holdLegally(bucket: Bucket, ref: ObjectRef, held: boolean): ReturnType<ObjectStore['holdLegally']> {
  const current = await lockOf(bucket, ref);
  if (!current.ok || current.value.legalHold === held) return current;
  const LegalHold = { Status: held ? 'ON' : 'OFF' } as const;
  const input = { Bucket: bucket.options.bucket, Key: ref.key, VersionId: ref.version, LegalHold };
  const answer = await ask('change a legal hold', () => bucket.client.send(new PutObjectLegalHoldCommand(input)));
  return answer.ok ? lockOf(bucket, ref) : absentOr(answer.error, 'change a legal hold');
}

async function remove(bucket: Bucket, ref: ObjectRef): ReturnType<ObjectStore['remove']> {
  const current = await lockOf(bucket, ref);
  if (!current.ok) return current;
  if (current.value.legalHold) return err({ code: 'objects.held' });
  const input = { Bucket: bucket.options.bucket, Key: ref.key, VersionId: ref.version };
  // the server decides by its own clock; ours is not asked
  const answer = await ask('remove an object', () => bucket.client.send(new DeleteObjectCommand(input)));
  if (answer.ok) return ok(undefined);
  return answer.error.status === 403 ? err({ code: 'objects.retained' }) : absentOr(answer.error, 'remove an object');
}

async function list({ client, options }: Bucket, page: Parameters<ObjectStore['list']>[0]): ReturnType<ObjectStore['list']> {
  const MaxKeys = Math.min(page.itemsMax, limits.objectListMax);
  const [KeyMarker, VersionIdMarker] = page.cursor?.split('\n') ?? [];
  const start = KeyMarker === undefined ? {} : { KeyMarker, ...(VersionIdMarker === undefined ? {} : { VersionIdMarker }) };
  const input = { Bucket: options.bucket, Prefix: page.prefix, MaxKeys, ...start };
  const answer = await ask('list objects', () => client.send(new ListObjectVersionsCommand(input)));
  if (!answer.ok) throw refusalFault('list objects', answer.error.name);
  const { Versions = [], IsTruncated, NextKeyMarker, NextVersionIdMarker } = answer.value;
  const items = Versions.flatMap(({ Key, VersionId, Size }) =>
    Key === undefined || VersionId === undefined ? [] : [{ key: Key, version: VersionId, bytes: Size ?? 0 }],
  );
  const next = [NextKeyMarker, NextVersionIdMarker].filter((part) => part !== undefined).join('\n');
  return { items, nextCursor: IsTruncated === true && next !== '' ? next : undefined };
}

type Refusal = { readonly name: string; readonly status: number };

/** Answers below 500 are the caller's to read; anything else is an operator's. Names only: messages may quote keys and accounts. */
async function ask<T>(doing: string, send: () => Promise<T>): Promise<Result<T, Refusal>> {
  try {
    return ok(await send());
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined || refusal.status >= 500) throw refusalFault(doing, refusal?.name ?? 'no answer');
    return err(refusal);
  }
}

function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const { $metadata } = error;
  if (typeof $metadata !== 'object' || $metadata === null || !('httpStatusCode' in $metadata)) return undefined;
  return typeof $metadata.httpStatusCode === 'number' ? { name: error.name, status: $metadata.httpStatusCode } : undefined;
}

function absentOr(refusal: Refusal, doing: string): Result<never, { readonly code: 'objects.absent' }> {
  // 400: a version id that this server could not have made
  if (refusal.status === 404 || refusal.status === 400) return err({ code: 'objects.absent' });
  throw refusalFault(doing, refusal.name);
}

function refusalFault(doing: string, name: string): Fault {
  return new Fault('objects.unavailable', { internal: `cannot ${doing}: \`${name}\`` });
}

// S3 keeps dates in whole seconds on some servers: up, never down
function wholeSecond(ms: number): number {
  return Math.ceil(ms / SECOND_MS) * SECOND_MS;
}
