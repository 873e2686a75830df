import { type KeyObject, createHash, createPublicKey } from 'node:crypto';
import { type Result, assert, err, ok } from '@lib/kernel';
import { decodeBase64 } from './decode-base64.ts';
import type { TlogError } from './tlog.errors.ts';

/**
 * What a key's signatures say. `note`: the text as it stands, by a log. `cosignature`: the text and a time, by a witness, with
 * Ed25519; `cosignature-ml-dsa-44`: the same with a signature that a quantum computer does not forge.
 */
export type KeyKind = 'note' | 'cosignature' | 'cosignature-ml-dsa-44';

/** A key that signs notes under a name: what a verifier must be told before it can check a log. `id` is 8 hexadecimal digits. */
export type VerifierKey = { readonly name: string; readonly id: string; readonly kind: KeyKind; readonly publicKey: KeyObject };

/** Signature type byte of the signed-note specification, length of the raw key, and what stands before it in SPKI. */
type KindFacts = { readonly typeByte: number; readonly algorithm: string; readonly rawBytes: number; readonly spkiPrefix: Buffer };
const ed25519 = { algorithm: 'ed25519', rawBytes: 32, spkiPrefix: Buffer.from('302a300506032b6570032100', 'hex') } as const; // RFC 8410
const kinds: Readonly<Record<KeyKind, KindFacts>> = {
  note: { typeByte: 1, ...ed25519 },
  cosignature: { typeByte: 4, ...ed25519 },
  'cosignature-ml-dsa-44': {
    typeByte: 6,
    algorithm: 'ml-dsa-44',
    rawBytes: 1312,
    spkiPrefix: Buffer.from('30820532300b06096086480165030403110382052100', 'hex'), // RFC 9881
  },
};
const kindNames = ['note', 'cosignature', 'cosignature-ml-dsa-44'] as const;
const namePattern = /^[^\s+\u0000-\u001f\u007f]+$/u;

/** Names a key. The id binds name, kind and key, so a key under another name is another key. Source: C2SP signed-note v1.0.0. */
export function verifierKey(name: string, publicKey: KeyObject, kind: KeyKind = 'note'): VerifierKey {
  assert(namePattern.test(name), 'a key name has no space, plus sign or control character');
  return { name, id: keyId(name, kind, rawKey(kind, publicKey)), kind, publicKey };
}

/** The one-line form that is published: `name+id+base64(type || key)`. */
export function formatVerifierKey(key: VerifierKey): string {
  const bytes = Buffer.concat([Uint8Array.of(kinds[key.kind].typeByte), rawKey(key.kind, key.publicKey)]);
  return `${key.name}+${key.id}+${bytes.toString('base64')}`;
}

/** Reads the one-line form. Errors: `tlog.key_malformed`, also when the id does not belong to name and key. */
export function parseVerifierKey(text: string): Result<VerifierKey, TlogError> {
  const parts = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(text);
  const [, name = '', id = '', encoded = ''] = parts ?? [];
  const bytes = decodeBase64(encoded);
  const kind = kindNames.find((each) => kinds[each].typeByte === bytes?.[0]);
  if (!namePattern.test(name) || bytes === undefined || kind === undefined) return err({ code: 'tlog.key_malformed' });
  const raw = bytes.subarray(1);
  if (raw.length !== kinds[kind].rawBytes || keyId(name, kind, raw) !== id) return err({ code: 'tlog.key_malformed' });
  const der = Buffer.concat([kinds[kind].spkiPrefix, raw]);
  return ok({ name, id, kind, publicKey: createPublicKey({ key: der, format: 'der', type: 'spki' }) });
}

function keyId(name: string, kind: KeyKind, raw: Uint8Array): string {
  const type = Uint8Array.of(kinds[kind].typeByte);
  return createHash('sha256').update(name).update('\n').update(type).update(raw).digest('hex').slice(0, 8);
}

function rawKey(kind: KeyKind, publicKey: KeyObject): Uint8Array {
  const { algorithm, rawBytes } = kinds[kind];
  assert(publicKey.asymmetricKeyType === algorithm, `a key of this kind is of the algorithm ${algorithm}`);
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(-rawBytes);
}
