import {
  type KeyObject,
  constants,
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  privateDecrypt,
  randomBytes,
  randomUUID,
  sign,
} from 'node:crypto';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/** A key service that speaks the JSON operations of AWS KMS which our adapter uses, with real keys. Protocol tests only. */
export type KmsServer = {
  readonly endpoint: string;
  readonly auditLogKeyId: string;
  /** Operations received, in order, with the parsed body. */
  readonly requests: { readonly operation: string; readonly body: Record<string, unknown> }[];
  /** Makes the next operations answer this error instead. */
  failWith: (name: string | undefined) => void;
  readonly stop: () => Promise<void>;
};

type Key = {
  readonly id: string;
  readonly secret?: KeyObject;
  pair?: { privateKey: KeyObject; publicKey: KeyObject };
  state: string;
};
class Refusal extends Error {}

const requestSchema = z.looseObject({
  KeyId: z.string().optional(),
  EncryptionContext: z.record(z.string(), z.string()).optional(),
  CiphertextBlob: z.base64().optional(),
  Message: z.base64().optional(),
  Plaintext: z.string().optional(),
  MessageType: z.string().optional(),
  SigningAlgorithm: z.string().optional(),
  AliasName: z.string().optional(),
  TargetKeyId: z.string().optional(),
  PendingWindowInDays: z.int().optional(),
  Origin: z.string().optional(),
  ImportToken: z.base64().optional(),
  EncryptedKeyMaterial: z.base64().optional(),
});
type Request = z.infer<typeof requestSchema>;

/** Starts the server on a free port of the loopback. */
export async function startKmsServer(): Promise<KmsServer> {
  const keys = new Map<string, Key>();
  const aliases = new Map<string, string>();
  const add = (parts: Omit<Key, 'id' | 'state'>): Key => {
    const key = { id: randomUUID(), state: 'Enabled', ...parts };
    keys.set(key.id, key);
    return key;
  };
  aliases.set('alias/aegis/sink-secrets', add({ secret: createSecretKey(randomBytes(32)) }).id);
  const audit = add({ pair: generateKeyPairSync('ed25519') });
  const imports = new Map<string, KeyObject>();
  const requests: KmsServer['requests'] = [];
  let failure: string | undefined;

  const find = (id: string | undefined): Key => {
    const key = keys.get(aliases.get(id ?? '') ?? id ?? '');
    if (key === undefined) throw new Refusal('NotFoundException');
    return key;
  };
  const usable = (id: string | undefined): Key => {
    const key = find(id);
    if (key.state !== 'Enabled') throw new Refusal('KMSInvalidStateException');
    return key;
  };
  const operations: Record<string, (request: Request) => unknown> = {
    CreateKey: ({ Origin }) => {
      const key = Origin === 'EXTERNAL' ? add({}) : add({ secret: createSecretKey(randomBytes(32)) });
      if (Origin === 'EXTERNAL') key.state = 'PendingImport';
      return { KeyMetadata: { KeyId: key.id } };
    },
    GetParametersForImport: ({ KeyId }) => {
      const wrapping = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const key = find(KeyId);
      imports.set(key.id, wrapping.privateKey);
      const token = Buffer.from(`import ${key.id}`).toString('base64');
      return { PublicKey: wrapping.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'), ImportToken: token };
    },
    ImportKeyMaterial: ({ KeyId, ImportToken, EncryptedKeyMaterial = '' }) => {
      const key = find(KeyId);
      const wrapping = imports.get(key.id);
      if (wrapping === undefined || ImportToken !== Buffer.from(`import ${key.id}`).toString('base64')) {
        throw new Refusal('InvalidImportTokenException');
      }
      const privateKey = unwrapImport(wrapping, Buffer.from(EncryptedKeyMaterial, 'base64'));
      key.pair = { privateKey, publicKey: createPublicKey(privateKey) };
      key.state = 'Enabled';
      return {};
    },
    CreateAlias: ({ AliasName = '', TargetKeyId }) => {
      if (aliases.has(AliasName)) throw new Refusal('AlreadyExistsException');
      aliases.set(AliasName, find(TargetKeyId).id);
      return {};
    },
    DescribeKey: ({ KeyId }) => {
      const { id, state } = find(KeyId);
      return { KeyMetadata: { KeyId: id, Arn: `arn:aws:kms:eu-central-1:111122223333:key/${id}`, KeyState: state } };
    },
    ScheduleKeyDeletion: ({ KeyId, PendingWindowInDays = 30 }) => {
      if (PendingWindowInDays < 7 || PendingWindowInDays > 30) throw new Refusal('ValidationException');
      find(KeyId).state = 'PendingDeletion';
      return { KeyId };
    },
    GenerateDataKey: (request) => {
      const key = usable(request.KeyId);
      const plain = randomBytes(32);
      return { KeyId: key.id, Plaintext: plain.toString('base64'), CiphertextBlob: wrap(key, request.EncryptionContext, plain) };
    },
    Encrypt: (request) => {
      const key = usable(request.KeyId);
      return { KeyId: key.id, CiphertextBlob: wrap(key, request.EncryptionContext, Buffer.from(request.Plaintext ?? '', 'base64')) };
    },
    Decrypt: (request) => {
      const blob = Buffer.from(request.CiphertextBlob ?? '', 'base64');
      const owner = keys.get(blob.subarray(0, 36).toString('latin1'));
      if (owner === undefined) throw new Refusal('InvalidCiphertextException');
      if (request.KeyId !== undefined && usable(request.KeyId) !== owner) throw new Refusal('IncorrectKeyException');
      return { KeyId: usable(owner.id).id, Plaintext: unwrap(owner, request.EncryptionContext, blob).toString('base64') };
    },
    Sign: ({ KeyId, Message = '', MessageType, SigningAlgorithm }) => {
      const { pair } = usable(KeyId);
      const isRsa = pair?.privateKey.asymmetricKeyType === 'rsa';
      if (pair === undefined || SigningAlgorithm !== (isRsa ? 'RSASSA_PKCS1_V1_5_SHA_256' : 'ED25519_SHA_512')) {
        throw new Refusal('InvalidKeyUsageException');
      }
      const message = Buffer.from(Message, 'base64');
      if (MessageType !== 'RAW' || message.length > 4096) throw new Refusal('ValidationException');
      return { Signature: sign(isRsa ? 'sha256' : null, message, pair.privateKey).toString('base64') };
    },
    GetPublicKey: ({ KeyId }) => ({
      PublicKey: usable(KeyId).pair?.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    }),
  };

  const server = createServer((incoming, answer) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const operation = String(incoming.headers['x-amz-target']).replace('TrentService.', '');
      const body = requestSchema.parse(JSON.parse(Buffer.concat(parts).toString('utf8')));
      requests.push({ operation, body });
      answer.setHeader('content-type', 'application/x-amz-json-1.1');
      try {
        if (failure !== undefined) throw new Refusal(failure);
        const run = operations[operation];
        if (run === undefined) throw new Refusal('UnknownOperationException');
        answer.end(JSON.stringify(run(body)));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        answer.statusCode = 400;
        answer.end(JSON.stringify({ __type: error.message, message: 'refused' }));
      }
    });
  });
  await listen(server);
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    auditLogKeyId: audit.id,
    requests,
    failWith: (name) => {
      failure = name;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

// The encryption context is associated data in a canonical order, as in the real service.
function contextBytes(context: Record<string, string> | undefined): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

function wrap(key: Key, context: Record<string, string> | undefined, plain: Buffer): string {
  if (key.secret === undefined) throw new Refusal('InvalidKeyUsageException');
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key.secret, nonce);
  cipher.setAAD(contextBytes(context));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.from(key.id, 'latin1'), nonce, sealed, cipher.getAuthTag()]).toString('base64');
}

function unwrap(key: Key, context: Record<string, string> | undefined, blob: Buffer): Buffer {
  if (key.secret === undefined) throw new Refusal('InvalidKeyUsageException');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.secret, blob.subarray(36, 48), { authTagLength: 16 });
    decipher.setAAD(contextBytes(context));
    decipher.setAuthTag(blob.subarray(-16));
    return Buffer.concat([decipher.update(blob.subarray(48, -16)), decipher.final()]);
  } catch {
    throw new Refusal('InvalidCiphertextException');
  }
}

// RSA_AES_KEY_WRAP_SHA_256: the first block is the AES key, the rest the material under it.
function unwrapImport(wrapping: KeyObject, bytes: Buffer): KeyObject {
  const block = (wrapping.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  try {
    const once = privateDecrypt({ key: wrapping, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, bytes.subarray(0, block));
    const decipher = createDecipheriv('id-aes256-wrap-pad', once, Buffer.from('a65959a6', 'hex'));
    const material = Buffer.concat([decipher.update(bytes.subarray(block)), decipher.final()]);
    return createPrivateKey({ key: material, format: 'der', type: 'pkcs8' });
  } catch {
    throw new Refusal('InvalidCiphertextException');
  }
}
