import { type KeyObject, createHash, createPublicKey } from 'node:crypto';
import { type Result, assert, err, ok } from '@lib/kernel';
import { decodeBase64 } from './decode-base64.ts';
import type { TlogError } from './tlog.errors.ts';

/** A key that signs notes under a name: what a verifier must be told before it can check a log. `id` is 8 hexadecimal digits. */
export type VerifierKey = { readonly name: string; readonly id: string; readonly publicKey: KeyObject };

const ED25519 = Uint8Array.of(1); // signature type byte of the signed-note specification
const RAW_KEY_BYTES = 32;
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex'); // RFC 8410
const namePattern = /^[^\s+\u0000-\u001f\u007f]+$/u;

/** Names a key. The id binds name and key, so a key under another name is another key. Source: C2SP signed-note v1.0.0. */
export function verifierKey(name: string, publicKey: KeyObject): VerifierKey {
  assert(namePattern.test(name), 'a key name has no space, plus sign or control character');
  return { name, id: keyId(name, rawKey(publicKey)), publicKey };
}

/** The one-line form that is published: `name+id+base64(0x01 || key)`. */
export function formatVerifierKey(key: VerifierKey): string {
  return `${key.name}+${key.id}+${Buffer.concat([ED25519, rawKey(key.publicKey)]).toString('base64')}`;
}

/** Reads the one-line form. Errors: `tlog.key_malformed`, also when the id does not belong to name and key. */
export function parseVerifierKey(text: string): Result<VerifierKey, TlogError> {
  const parts = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(text);
  const [, name = '', id = '', encoded = ''] = parts ?? [];
  const bytes = decodeBase64(encoded);
  if (!namePattern.test(name) || bytes?.length !== RAW_KEY_BYTES + 1 || bytes[0] !== ED25519[0]) return err({ code: 'tlog.key_malformed' });
  const raw = bytes.subarray(1);
  if (keyId(name, raw) !== id) return err({ code: 'tlog.key_malformed' });
  return ok({ name, id, publicKey: createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: 'der', type: 'spki' }) });
}

function keyId(name: string, raw: Uint8Array): string {
  const digest = createHash('sha256').update(name).update('\n').update(ED25519).update(raw).digest('hex');
  return digest.slice(0, 8);
}

function rawKey(publicKey: KeyObject): Uint8Array {
  assert(publicKey.asymmetricKeyType === 'ed25519', 'a note key is an Ed25519 key');
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(-RAW_KEY_BYTES);
}
