import { type KeyObject, createPublicKey, createSecretKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { gcmOpen, gcmSeal } from './aes-gcm.ts';
import { hkdfExpandShort, hkdfExtract } from './hkdf.ts';

// Public-key encryption of key material: whoever seals holds no key that opens.
// HPKE, base mode, single shot, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. Source: RFC 9180, sections 4, 5 and 6.
const kemSuite = Buffer.concat([Buffer.from('KEM', 'latin1'), Buffer.of(0x00, 0x20)]);
const suite = Buffer.concat([Buffer.from('HPKE', 'latin1'), Buffer.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x02)]);
const version = Buffer.from('HPKE-v1', 'latin1');
const empty = Buffer.alloc(0);
const baseMode = Buffer.of(0);
const PUBLIC_BYTES = 32;
const spkiHead = Buffer.from('302a300506032b656e032100', 'hex'); // RFC 8410: an X25519 public key in DER

/** What both sides must know alike, beside the key. */
export type HpkeBinding = { readonly info: Uint8Array; readonly aad: Uint8Array };

/** Seals to a public X25519 key: the sender's one-time public key (32 bytes), ciphertext, tag. */
export function hpkeSeal(recipient: KeyObject, binding: HpkeBinding, plain: Uint8Array): Uint8Array {
  const sender = generateKeyPairSync('x25519');
  const enc = rawPublicKey(sender.publicKey);
  const shared = diffieHellman({ privateKey: sender.privateKey, publicKey: recipient });
  const { key, nonce } = schedule(shared, Buffer.concat([enc, rawPublicKey(recipient)]), binding.info);
  return gcmSeal({ key, nonce, aad: binding.aad }, enc, { bytesMax: plain.length, parts: [plain] });
}

/** Opens with the private key, or gives nothing: altered, bound otherwise, or sealed to another key. */
export function hpkeOpen(recipient: KeyObject, binding: HpkeBinding, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < PUBLIC_BYTES) return undefined;
  const enc = sealed.subarray(0, PUBLIC_BYTES);
  const shared = agree(recipient, enc);
  if (shared === undefined) return undefined;
  const { key, nonce } = schedule(shared, Buffer.concat([enc, rawPublicKey(createPublicKey(recipient))]), binding.info);
  return gcmOpen({ key, nonce, aad: binding.aad }, sealed.subarray(PUBLIC_BYTES));
}

function agree(privateKey: KeyObject, enc: Uint8Array): Buffer | undefined {
  try {
    const publicKey = createPublicKey({ key: Buffer.concat([spkiHead, enc]), format: 'der', type: 'spki' });
    return diffieHellman({ privateKey, publicKey });
  } catch {
    return undefined; // a point of small order, whose shared secret everybody knows (RFC 7748, 6.1)
  }
}

function schedule(dh: Uint8Array, kemContext: Uint8Array, info: Uint8Array): { readonly key: KeyObject; readonly nonce: Uint8Array } {
  const shared = labeledExpand(kemSuite, labeledExtract(kemSuite, { salt: empty, label: 'eae_prk', secret: dh }), {
    label: 'shared_secret',
    info: kemContext,
    bytes: 32,
  });
  const pskIdHash = labeledExtract(suite, { salt: empty, label: 'psk_id_hash', secret: empty });
  const infoHash = labeledExtract(suite, { salt: empty, label: 'info_hash', secret: info });
  const context = Buffer.concat([baseMode, pskIdHash, infoHash]);
  const secret = labeledExtract(suite, { salt: shared, label: 'secret', secret: empty });
  return {
    key: createSecretKey(labeledExpand(suite, secret, { label: 'key', info: context, bytes: 32 })),
    nonce: labeledExpand(suite, secret, { label: 'base_nonce', info: context, bytes: 12 }),
  };
}

type Extract = { readonly salt: Uint8Array; readonly label: string; readonly secret: Uint8Array };
type Expand = { readonly label: string; readonly info: Uint8Array; readonly bytes: number };

function labeledExtract(of: Uint8Array, { salt, label, secret }: Extract): Buffer {
  return hkdfExtract(salt, Buffer.concat([version, of, Buffer.from(label, 'latin1'), secret]));
}

function labeledExpand(of: Uint8Array, key: Uint8Array, { label, info, bytes }: Expand): Buffer {
  const length = Buffer.of(bytes >> 8, bytes & 0xff);
  return hkdfExpandShort(key, Buffer.concat([length, version, of, Buffer.from(label, 'latin1'), info]), bytes);
}

function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-PUBLIC_BYTES);
}
