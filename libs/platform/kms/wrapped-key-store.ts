import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { limits } from '@lib/contract';
import { Fault, type Result, canonicalJson, err, ok } from '@lib/kernel';
import { type FileStamp, createKeyFile, readKeyFile, replaceKeyFile, stampOf } from './key-file.ts';
import type { KmsError } from './kms.ts';
import { unwrapKey, wrapKey } from './wrap-key.ts';

const fileSchema = z.discriminatedUnion('state', [
  z.strictObject({ v: z.literal(1), state: z.literal('live'), boundTo: z.string(), wrapped: z.base64() }),
  z.strictObject({ v: z.literal(1), state: z.literal('destroyed'), boundTo: z.string() }),
]);

/** Where a wrapped key lies and what it is for. The binding is authenticated: a file copied to another name does not open. */
export type KeyPlace = { readonly path: string; readonly boundTo: string };

/** Key files of a keyring folder, each wrapped under the root; opened keys are kept as `KeyObject`, which cannot be printed. */
export class WrappedKeyStore {
  readonly #root: KeyObject;
  readonly #opened = new Map<string, { readonly stamp: FileStamp; readonly key: KeyObject }>();

  constructor(root: KeyObject) {
    this.#root = root;
  }

  /** Stores new key material unless the file exists; a destroyed key stays destroyed. */
  async create(place: KeyPlace, material: Uint8Array): Promise<void> {
    const wrapped = Buffer.from(wrapKey(this.#root, place.boundTo, material)).toString('base64');
    await createKeyFile(place.path, Buffer.from(canonicalJson({ v: 1, state: 'live', boundTo: place.boundTo, wrapped }), 'utf8'));
  }

  /** Opens a key; `parse` turns the material into a key object. Faults: `kms.keyring_corrupt`. */
  async open(place: KeyPlace, parse: (material: Buffer) => KeyObject): Promise<Result<KeyObject, KmsError>> {
    const stamp = await stampOf(place.path);
    if (stamp === undefined) return err({ code: 'kms.key_absent' });
    const kept = this.#opened.get(place.path);
    if (kept?.stamp === stamp) return ok(kept.key);
    const stored = await readKeyFile(place.path);
    if (stored === undefined) return err({ code: 'kms.key_absent' });
    const file = parseFile(stored, place);
    if (file.state === 'destroyed') return err({ code: 'kms.key_destroyed' });
    const material = unwrapKey(this.#root, place.boundTo, Buffer.from(file.wrapped, 'base64'));
    if (material === undefined) throw corrupt(place, 'does not open under this root key');
    const key = parse(material);
    material.fill(0);
    this.#keep(place.path, stamp, key);
    return ok(key);
  }

  #keep(path: string, stamp: FileStamp, key: KeyObject): void {
    const [oldest] = this.#opened.keys();
    if (this.#opened.size >= limits.keyringCacheMax && oldest !== undefined) this.#opened.delete(oldest);
    this.#opened.set(path, { stamp, key });
  }
}

/** Leaves a tombstone where a key was, so that it is never made again; processes see it at their next use. No root key is needed for it, and none is opened. */
export function destroyKeyFile(place: KeyPlace): Promise<void> {
  return replaceKeyFile(place.path, Buffer.from(canonicalJson({ v: 1, state: 'destroyed', boundTo: place.boundTo }), 'utf8'));
}

function parseFile(stored: Buffer, place: KeyPlace): z.infer<typeof fileSchema> {
  let value: unknown;
  try {
    value = JSON.parse(stored.toString('utf8'));
  } catch {
    throw corrupt(place, 'is not JSON'); // the parser's own message quotes the file
  }
  const file = fileSchema.safeParse(value);
  if (!file.success) throw corrupt(place, 'is not a key file');
  if (file.data.boundTo !== place.boundTo) throw corrupt(place, 'belongs in another place');
  return file.data;
}

function corrupt(place: KeyPlace, why: string): Fault {
  return new Fault('kms.keyring_corrupt', { internal: `key file of \`${place.boundTo}\` ${why}; restore it from the backup` });
}
