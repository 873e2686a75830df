import { type KeyObject, createPrivateKey, createPublicKey } from 'node:crypto';
import { Fault } from '@lib/kernel';

/** A private key as it is wrapped: PKCS #8 in DER. */
export function materialOf(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'pkcs8' });
}

/** And back. */
export function privateKeyOf(material: Buffer): KeyObject {
  return createPrivateKey({ key: material, format: 'der', type: 'pkcs8' });
}

/** A public key from SPKI in DER. */
export function publicKeyOf(material: Buffer): KeyObject {
  return createPublicKey({ key: material, format: 'der', type: 'spki' });
}

/** The RSA key that a forge gave in PEM form, as PKCS #8. Faults: `kms.forge_key_invalid`, which quotes nothing of it. */
export function forgeMaterialOf(pem: string): Buffer {
  const key = parsePem(pem);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.asymmetricKeyType !== 'rsa' || bits !== RSA_BITS)
    throw new Fault('kms.forge_key_invalid', {
      internal: 'the forge gives an RSA key of 2,048 bits',
      public: 'this is no RSA key of 2,048 bits',
    });
  return materialOf(key);
}

const RSA_BITS = 2048; // what GitHub issues

function parsePem(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    const text = 'the text holds no private key in PEM form';
    throw new Fault('kms.forge_key_invalid', { internal: text, public: text });
  }
}
