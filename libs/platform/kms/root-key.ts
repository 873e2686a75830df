import { type KeyObject, createSecretKey, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@lib/kernel';
import { hkdf } from './hkdf.ts';
import { createKeyFile, readKeyFile } from './key-file.ts';

const ROOT_BYTES = 32;
const head = 'aegis root key 1\n';

/** What the root key is used for: never itself, only keys derived from it, one for each use. */
export type RootKey = { readonly derive: (use: string) => KeyObject };

/**
 * Opens the root key of a keyring folder, or makes it when the folder is new.
 * Faults: `kms.keyring_corrupt` when the file is damaged, or missing although keys exist that only it could unwrap.
 */
export async function openRootKey(folder: string): Promise<RootKey> {
  const path = join(folder, 'root.key');
  const stored = (await readKeyFile(path)) ?? (await makeRootKey(folder, path));
  const bytes = parse(stored);
  return {
    derive: (use) => createSecretKey(hkdf({ secret: bytes, info: Buffer.from(`aegis.keyring.v1.${use}`, 'utf8') }, ROOT_BYTES)),
  };
}

async function makeRootKey(folder: string, path: string): Promise<Buffer> {
  const others = await readdir(folder).catch(() => []);
  if (others.some((name) => !name.startsWith('root.key'))) {
    throw new Fault('kms.keyring_corrupt', { internal: '`root.key` is missing and other keys exist; restore it from the backup' });
  }
  // when another process wins the race, its key is read, not ours
  await createKeyFile(path, Buffer.from(`${head}${randomBytes(ROOT_BYTES).toString('hex')}\n`, 'latin1'));
  const stored = await readKeyFile(path);
  if (stored === undefined) throw new Fault('kms.keyring_corrupt', { internal: '`root.key` vanished while it was made' });
  return stored;
}

function parse(stored: Buffer): Buffer {
  const [, digits] = /^aegis root key 1\n([0-9a-f]{64})\n$/u.exec(stored.toString('latin1')) ?? [];
  if (digits === undefined) throw new Fault('kms.keyring_corrupt', { internal: '`root.key` is damaged; restore it from the backup' });
  return Buffer.from(digits, 'hex');
}
