import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { limits } from '@lib/contract';
import { Fault, SECOND_MS } from '@lib/kernel';

/** The objects of one attempt at one scan, by short names below its own prefix. Errors: Fault `sandbox.transfer_failed`. Units: ms, bytes. */
export type TransferStore = {
  readonly put: (name: string, bytes: Uint8Array) => Promise<void>;
  /** `open` is called again for each try: a stream can be read once. */
  readonly putStream: (name: string, stream: { readonly bytes: number; readonly open: () => AsyncGenerator<Uint8Array> }) => Promise<void>;
  /** Undefined: not there. `too_large`: longer than it may be, and not read. */
  readonly read: (name: string, bytesMax: number) => Promise<Uint8Array | 'too_large' | undefined>;
  readonly remove: (name: string) => Promise<void>;
  /** Removes whatever is left. */
  readonly clear: () => Promise<void>;
  readonly urlToRead: (name: string, validMs: number) => Promise<string>;
  /** The URL makes an object and never overwrites one. */
  readonly urlToCreate: (name: string, validMs: number) => Promise<string>;
};

/** Where attempts leave their objects. Unversioned, encrypted by default, and with a rule that removes what is a day old. */
export type TransferBucket = {
  readonly client: Pick<S3ClientConfig, 'region' | 'endpoint' | 'credentials' | 'forcePathStyle'>;
  readonly bucket: string;
};

/** The part of a transfer bucket that belongs to one attempt. */
export function openTransferStore({ client: config, bucket }: TransferBucket, prefix: string): TransferStore {
  const client = new S3Client({
    ...config,
    maxAttempts: limits.remoteAttemptsMax,
    logger: silent,
    // the contents carry their own digests, and a presigned URL must not ask for a checksum that its user would have to know
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // without the last of these a request that takes too long is only warned of
    requestHandler: { connectionTimeout: limits.connectMs, requestTimeout: limits.remoteRequestMs, throwOnRequestTimeout: true },
  });
  const at = (name: string): { readonly Bucket: string; readonly Key: string } => ({ Bucket: bucket, Key: prefix + name });
  return {
    put: (name, bytes) =>
      ask('put an object', async () => {
        await client.send(new PutObjectCommand({ ...at(name), Body: bytes, ContentLength: bytes.byteLength }));
      }),
    putStream: async (name, stream) => {
      for (let tried = 1; ; tried++) {
        const failure = await sendStream(client, at(name), stream);
        if (failure === undefined) return;
        if (failure.error instanceof Fault) throw failure.error;
        if (tried >= limits.remoteAttemptsMax) throw transferFault('put a tree', failure.error);
      }
    },
    read: (name, bytesMax) => ask('get an object', () => read(client, at(name), bytesMax)),
    remove: (name) => ask('remove an object', () => client.send(new DeleteObjectCommand(at(name))).then(() => undefined)),
    clear: () => ask('remove what is left', () => clear(client, bucket, prefix)),
    urlToRead: (name, validMs) => getSignedUrl(client, new GetObjectCommand(at(name)), { expiresIn: validMs / SECOND_MS }),
    urlToCreate: (name, validMs) =>
      getSignedUrl(client, new PutObjectCommand({ ...at(name), IfNoneMatch: '*' }), { expiresIn: validMs / SECOND_MS }),
  };
}

// The SDK would write its warnings between the lines of our log; what failed comes out as a Fault.
const quiet = (): void => undefined;
const silent = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet } as const;

type Stream = Parameters<TransferStore['putStream']>[1];

// A stream that breaks is nothing to the SDK: it would wait for the rest of it, and nobody would hear of the error.
async function sendStream(client: S3Client, place: Place, { bytes, open }: Stream): Promise<{ readonly error: unknown } | undefined> {
  const broken = new AbortController();
  const body = Readable.from(open(), { objectMode: false });
  body.on('error', (error) => broken.abort(error));
  const options = { abortSignal: broken.signal, requestTimeout: limits.taskTransferMsMax };
  try {
    await client.send(new PutObjectCommand({ ...place, Body: body, ContentLength: bytes }), options);
    return undefined;
  } catch (error) {
    return { error: broken.signal.aborted ? broken.signal.reason : error };
  } finally {
    body.destroy();
  }
}

async function ask<T>(doing: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    throw transferFault(doing, error);
  }
}

// Names only: a message may quote keys and accounts. A refusal lasts until somebody has changed a policy.
function transferFault(doing: string, error: unknown): Fault {
  const name = error instanceof S3ServiceException ? error.name : 'no answer';
  const lasting = error instanceof S3ServiceException && error.$metadata.httpStatusCode === 403;
  return new Fault('sandbox.transfer_failed', { internal: `cannot ${doing}: \`${name}\``, lasting, cause: error });
}

type Place = { readonly Bucket: string; readonly Key: string };

async function read(client: S3Client, place: Place, bytesMax: number): Promise<Uint8Array | 'too_large' | undefined> {
  try {
    const { Body, ContentLength } = await client.send(new GetObjectCommand(place));
    if (Body === undefined) return new Uint8Array(0);
    if (!(Body instanceof Readable)) return await Body.transformToByteArray();
    if (ContentLength === undefined || ContentLength > bytesMax) {
      Body.destroy();
      return 'too_large';
    }
    return await Body.transformToByteArray();
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

async function clear(client: S3Client, bucket: string, prefix: string): Promise<void> {
  const pages = Math.ceil(limits.taskSegmentsMax / limits.objectListMax) + 1;
  for (let page = 0; page < pages; page++) {
    const { Contents = [], IsTruncated } = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: limits.objectListMax }),
    );
    for (const { Key } of Contents) if (Key !== undefined) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
    if (IsTruncated !== true) return;
  }
}
