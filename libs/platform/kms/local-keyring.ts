import { type KeyObject, createHmac, createPublicKey, createSecretKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { join } from 'node:path';
import type { TenantId } from '@lib/contract';
import { Fault, type Result, canonicalJson, err, ok } from '@lib/kernel';
import { DATA_KEY_BYTES, contextFields } from './envelope.ts';
import { type MakeDataKey, type UnwrapDataKey, envelopeOpener, envelopeSealer, underEither } from './envelope-kms.ts';
import { forgeMaterialOf, materialOf, privateKeyOf, publicKeyOf } from './key-material.ts';
import { hpkeOpen, hpkeSeal } from './hpke.ts';
import {
  type EnvelopeContext,
  type Kms,
  type KmsError,
  type Sealer,
  type SecretBox,
  type SecretKeyer,
  type Signer,
  type SigningKey,
  type TenantKey,
  tenantKeyOf,
} from './kms.ts';
import { type KeyPlaces, keyPlacesIn } from './key-places.ts';
import { keyringShredder } from './open-shredder.ts';
import { type RootKey, openRootKey } from './root-key.ts';
import { unwrapKey, wrapKey } from './wrap-key.ts';
import { WrappedKeyStore } from './wrapped-key-store.ts';

/** What a worker is given of a keyring: it seals, signs and authenticates, and opens nothing that was sealed. */
export type SealingKeyring = Sealer &
  Signer &
  SecretBox &
  SecretKeyer & {
    /** Authenticates records of our own stores; not a signature, nobody else can check it. */
    readonly mac: (purpose: 'object-retention', message: Uint8Array) => Uint8Array;
  };

/** A keyring in a folder, for one machine. */
export type LocalKeyring = Kms & SealingKeyring;

/**
 * Opens (or makes) the sealing side of a keyring. Of a tenant's pair it holds the public key; the private one lies in the folder
 * `opening`, under a root key of its own, and is never looked at from here. Faults: `kms.keyring_corrupt`, `kms.keyring_exposed`.
 */
export async function sealingKeyring(options: { readonly folder: string }): Promise<SealingKeyring> {
  return sealingSide(await openFolder(options.folder));
}

/**
 * Opens (or makes) the whole keyring in a folder. Files have mode 0600 and are written whole or not at all; two root keys wrap the
 * rest, one for each side. Several processes may use one folder. Faults: `kms.keyring_corrupt`, `kms.keyring_exposed`.
 */
export async function localKeyring(options: { readonly folder: string }): Promise<LocalKeyring> {
  const sealing = await openFolder(options.folder);
  const openingRoot = await openRootKey(join(options.folder, 'opening'));
  const opening = new WrappedKeyStore(openingRoot.derive('wrap'));
  const { store, places } = sealing;
  return {
    ...sealingSide(sealing),
    ...envelopeOpener(unwrapper((tenantId, key) => opening.open(places.opening(tenantId, key), privateKeyOf))),
    createTenantKey: (tenantId) => createTenantKeys({ store, opening, places }, tenantId),
    importForgeKey: async (key, pem) => store.create(places.signing(key), forgeMaterialOf(pem)),
    ...keyringShredder(options),
  };
}

type Folder = { readonly root: RootKey; readonly store: WrappedKeyStore; readonly places: KeyPlaces };

async function openFolder(folder: string): Promise<Folder> {
  const root = await openRootKey(folder);
  return { root, store: new WrappedKeyStore(root.derive('wrap')), places: keyPlacesIn(folder) };
}

function sealingSide({ root, store, places }: Folder): SealingKeyring {
  const open = async (key: SigningKey) => {
    const found = await store.open(places.signing(key), privateKeyOf);
    if (found.ok || key.purpose !== 'audit-logs' || found.error.code !== 'kms.key_absent') return found;
    // belongs to no tenant, so no tenant's creation makes it: the first who asks does
    await store.create(places.signing(key), materialOf(generateKeyPairSync('ed25519').privateKey));
    return store.open(places.signing(key), privateKeyOf);
  };
  return {
    ...envelopeSealer(wrapper((tenantId, key) => store.open(places.sealing(tenantId, key), publicKeyOf))),
    storeKeyOf: () => Promise.resolve(ok(undefined)),
    sign: async (key, message) => {
      const privateKey = await open(key);
      return privateKey.ok ? ok(sign(key.purpose === 'forge' ? 'sha256' : null, message, privateKey.value)) : privateKey;
    },
    publicKey: async (key) => {
      const privateKey = await open(key);
      return privateKey.ok ? ok(createPublicKey(privateKey.value)) : privateKey;
    },
    keyerOf: (tenantId) => keyerOf({ store, places }, tenantId),
    mac: macUnder(root),
    ...secretBoxUnder(root.derive('sink-secrets')),
  };
}

// Made when it is first asked for: tenants of before have none.
async function keyerOf({ store, places }: Pick<Sides, 'store' | 'places'>, tenantId: TenantId): ReturnType<SecretKeyer['keyerOf']> {
  const place = places.secrets(tenantId);
  let key = await store.open(place, createSecretKey);
  if (!key.ok && key.error.code === 'kms.key_absent') {
    await store.create(place, randomBytes(DATA_KEY_BYTES));
    key = await store.open(place, createSecretKey);
  }
  if (!key.ok) return key;
  const secret = key.value;
  return ok((digest) => createHmac('sha256', secret).update('secret\n').update(digest).digest('hex'));
}

type Sides = { readonly store: WrappedKeyStore; readonly opening: WrappedKeyStore; readonly places: KeyPlaces };

async function createTenantKeys(sides: Sides, tenantId: TenantId): Promise<Result<void, KmsError>> {
  for (const key of ['evidence', 'records'] as const) {
    const made = await createTenantKey(sides, tenantId, key);
    if (!made.ok) return made;
  }
  await sides.store.create(sides.places.signing({ purpose: 'audit-log', tenantId }), materialOf(generateKeyPairSync('ed25519').privateKey));
  return ok(undefined);
}

// The private half first, and the public half from what is then there: two creators end with one pair.
async function createTenantKey({ store, opening, places }: Sides, tenantId: TenantId, key: TenantKey): Promise<Result<void, KmsError>> {
  const known = await store.open(places.sealing(tenantId, key), publicKeyOf);
  if (!known.ok && known.error.code === 'kms.key_absent') {
    await opening.create(places.opening(tenantId, key), materialOf(generateKeyPairSync('x25519').privateKey));
    const privateKey = await opening.open(places.opening(tenantId, key), privateKeyOf);
    if (!privateKey.ok) return privateKey;
    await store.create(places.sealing(tenantId, key), createPublicKey(privateKey.value).export({ format: 'der', type: 'spki' }));
  } else if (known.ok) {
    const privateKey = await opening.open(places.opening(tenantId, key), privateKeyOf);
    if (!privateKey.ok || !createPublicKey(privateKey.value).equals(known.value)) {
      const internal = `tenant \`${tenantId}\`: the half of the key that opens is missing or another; restore \`opening\` from the backup`;
      throw new Fault('kms.keyring_corrupt', { internal });
    }
  }
  const live = await store.open(places.sealing(tenantId, key), publicKeyOf);
  return live.ok ? ok(undefined) : live;
}

const hpkeInfo = Buffer.from('aegis.keyring.v1.data-key', 'latin1');
const bindingOf = (context: EnvelopeContext) => ({ info: hpkeInfo, aad: Buffer.from(canonicalJson(contextFields(context)), 'utf8') });

type OpenKey = (tenantId: TenantId, key: TenantKey) => Promise<Result<KeyObject, KmsError>>;

function wrapper(openPublicKey: OpenKey): MakeDataKey {
  return async (context) => {
    const publicKey = await openPublicKey(context.tenantId, tenantKeyOf(context));
    if (!publicKey.ok) return publicKey;
    const plain = randomBytes(DATA_KEY_BYTES);
    return ok({ plain, wrapped: hpkeSeal(publicKey.value, bindingOf(context), plain) });
  };
}

function unwrapper(openPrivateKey: OpenKey): UnwrapDataKey {
  const openUnder = async (key: TenantKey, ...[context, wrapped]: Parameters<UnwrapDataKey>): ReturnType<UnwrapDataKey> => {
    const privateKey = await openPrivateKey(context.tenantId, key);
    if (!privateKey.ok) return privateKey;
    const plain = hpkeOpen(privateKey.value, bindingOf(context), wrapped);
    return plain === undefined ? err({ code: 'kms.refused' }) : ok(plain);
  };
  return underEither(openUnder);
}

function secretBoxUnder(key: KeyObject): SecretBox {
  return {
    conceal: (place, secret) => Promise.resolve(wrapKey(key, place, secret)),
    reveal: (place, sealed) => {
      const secret = unwrapKey(key, place, sealed);
      return Promise.resolve(secret === undefined ? err({ code: 'kms.refused' }) : ok(secret));
    },
  };
}

function macUnder(root: RootKey): LocalKeyring['mac'] {
  const key = root.derive('mac.object-retention');
  return (purpose, message) => createHmac('sha256', key).update(`${purpose}\n`).update(message).digest();
}
