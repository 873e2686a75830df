import {
  type KeyObject,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  generateKeyPairSync,
  randomBytes,
  sign,
} from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type TenantId, tenantIdSchema } from '@lib/contract';
import { Fault, type Result, canonicalJson, err, ok } from '@lib/kernel';
import { DATA_KEY_BYTES, contextFields } from './envelope.ts';
import { envelopeKms } from './envelope-kms.ts';
import type { EnvelopeContext, Kms, KmsError, SigningKey } from './kms.ts';
import { type RootKey, openRootKey } from './root-key.ts';
import { unwrapKey, wrapKey } from './wrap-key.ts';
import { type KeyPlace, WrappedKeyStore } from './wrapped-key-store.ts';

/** A keyring in a folder, for one machine. Beside the port: keys that a remote KMS gets by other ways. */
export type LocalKeyring = Kms & {
  /** Authenticates records of our own stores; not a signature, nobody else can check it. */
  readonly mac: (purpose: 'object-retention', message: Uint8Array) => Uint8Array;
  /** Takes over the private key that the forge gave for our App. Faults: `kms.forge_key_invalid`. */
  readonly importForgeKey: (pem: string) => Promise<void>;
  /** Makes an App key of our own, for a forge that runs on this machine. */
  readonly createForgeKey: () => Promise<void>;
};

/**
 * Opens (or makes) the keyring in a folder. Files have mode 0600 and are written whole or not at all; the root key wraps the rest.
 * Several processes may use one folder. Faults: `kms.keyring_corrupt`, `kms.keyring_exposed`.
 */
export async function localKeyring(options: { readonly folder: string }): Promise<LocalKeyring> {
  const root = await openRootKey(options.folder);
  const store = new WrappedKeyStore(root.derive('wrap'));
  const places = placesIn(options.folder);
  const open = async (key: SigningKey) => {
    const found = await store.open(places.signing(key), privateKeyOf);
    if (found.ok || key.purpose !== 'audit-logs' || found.error.code !== 'kms.key_absent') return found;
    // belongs to no tenant, so no tenant's creation makes it: the first who asks does
    await store.create(places.signing(key), materialOf(generateKeyPairSync('ed25519').privateKey));
    return store.open(places.signing(key), privateKeyOf);
  };
  return {
    ...envelopeKms(tenantWrapper((tenantId) => store.open(places.data(tenantId), createSecretKey))),
    createTenantKey: async (tenantId) => {
      await store.create(places.data(tenantId), randomBytes(DATA_KEY_BYTES));
      await store.create(places.signing({ purpose: 'audit-log', tenantId }), materialOf(generateKeyPairSync('ed25519').privateKey));
      const live = await store.open(places.data(tenantId), createSecretKey);
      return live.ok ? ok(undefined) : live;
    },
    destroyTenantKey: (tenantId) => store.destroy(places.data(tenantId)),
    sign: async (key, message) => {
      const privateKey = await open(key);
      return privateKey.ok ? ok(sign(key.purpose === 'forge' ? 'sha256' : null, message, privateKey.value)) : privateKey;
    },
    publicKey: async (key) => {
      const privateKey = await open(key);
      return privateKey.ok ? ok(createPublicKey(privateKey.value)) : privateKey;
    },
    mac: macUnder(root),
    importForgeKey: async (pem) => store.create(places.signing({ purpose: 'forge' }), rsaMaterialOf(parsePem(pem))),
    createForgeKey: async () => {
      const pair = await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS });
      await store.create(places.signing({ purpose: 'forge' }), rsaMaterialOf(pair.privateKey));
    },
  };
}

const RSA_BITS = 2048; // what the forge issues

function placesIn(folder: string): { data: (tenantId: TenantId) => KeyPlace; signing: (key: SigningKey) => KeyPlace } {
  const ofTenant = (tenantId: TenantId, use: 'data' | 'log'): KeyPlace => {
    // the id becomes part of a path
    const id = tenantIdSchema.parse(tenantId);
    return { path: join(folder, 'tenants', `${id}.${use}.json`), boundTo: `tenant/${id}/${use}` };
  };
  return {
    data: (tenantId) => ofTenant(tenantId, 'data'),
    signing: (key) =>
      key.purpose === 'audit-log'
        ? ofTenant(key.tenantId, 'log')
        : { path: join(folder, 'service', `${key.purpose}.json`), boundTo: `service/${key.purpose}` },
  };
}

function tenantWrapper(openTenantKey: (tenantId: TenantId) => Promise<Result<KeyObject, KmsError>>): Parameters<typeof envelopeKms>[0] {
  const bindingOf = (context: EnvelopeContext): string => canonicalJson(contextFields(context));
  return {
    makeDataKey: async (context) => {
      const tenantKey = await openTenantKey(context.tenantId);
      if (!tenantKey.ok) return tenantKey;
      const plain = randomBytes(DATA_KEY_BYTES);
      return ok({ plain, wrapped: wrapKey(tenantKey.value, bindingOf(context), plain) });
    },
    unwrapDataKey: async (context, wrapped) => {
      const tenantKey = await openTenantKey(context.tenantId);
      if (!tenantKey.ok) return tenantKey;
      const plain = unwrapKey(tenantKey.value, bindingOf(context), wrapped);
      return plain === undefined ? err({ code: 'kms.refused' }) : ok(plain);
    },
  };
}

function macUnder(root: RootKey): LocalKeyring['mac'] {
  const key = root.derive('mac.object-retention');
  return (purpose, message) => createHmac('sha256', key).update(`${purpose}\n`).update(message).digest();
}

function rsaMaterialOf(key: KeyObject): Buffer {
  if (key.asymmetricKeyType !== 'rsa') throw new Fault('kms.forge_key_invalid', { internal: 'the forge asks for an RSA key' });
  return materialOf(key);
}

function parsePem(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Fault('kms.forge_key_invalid', { internal: 'the file holds no private key in PEM form' });
  }
}

function materialOf(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'pkcs8' });
}

function privateKeyOf(material: Buffer): KeyObject {
  return createPrivateKey({ key: material, format: 'der', type: 'pkcs8' });
}
