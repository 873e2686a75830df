import { sha256, toHex } from './growing-tree.ts';

/** What a signed checkpoint says. `root` in hexadecimal. */
export type Checkpoint = { readonly origin: string; readonly size: number; readonly root: string };

/** `unsupported`: this browser cannot check an Ed25519 signature, so nothing is said about it. */
export type NoteFault = 'key_malformed' | 'checkpoint_malformed' | 'signature_invalid' | 'other_log' | 'unsupported';

/** Opens a signed checkpoint with the log's key, both as text. Source: C2SP signed-note and tlog-checkpoint. */
export async function openCheckpoint(note: string, verifierKey: string): Promise<Checkpoint | NoteFault> {
  const key = await readKey(verifierKey);
  if (key === undefined) return 'key_malformed';
  const cut = note.indexOf('\n\n');
  const text = note.slice(0, cut + 1);
  const checkpoint = readText(text);
  if (checkpoint === undefined) return 'checkpoint_malformed';
  if (checkpoint.origin !== key.name) return 'other_log';
  const signature = note
    .slice(cut + 2)
    .split('\n')
    .flatMap((line) => signatureBy(line, key))[0];
  if (signature === undefined) return 'signature_invalid';
  const verdict = await verify(key.publicKey, signature, new TextEncoder().encode(text));
  if (verdict === undefined) return 'unsupported';
  return verdict ? checkpoint : 'signature_invalid';
}

function readText(text: string): Checkpoint | undefined {
  const [origin = '', size = '', root = '', ...more] = text.split('\n');
  const bytes = fromBase64(root);
  if (more.join('') !== '' || !/^(?:0|[1-9]\d{0,14})$/u.test(size) || bytes?.length !== 32) return undefined;
  return { origin, size: Number(size), root: toHex(bytes) };
}

type Key = { readonly name: string; readonly id: string; readonly publicKey: Uint8Array<ArrayBuffer> };

async function readKey(text: string): Promise<Key | undefined> {
  const [, name, id, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(text.trim()) ?? [];
  const bytes = fromBase64(encoded ?? '');
  if (name === undefined || id === undefined || bytes?.length !== 33 || bytes[0] !== 1) return undefined;
  const named = new TextEncoder().encode(`${name}\n`);
  const digest = await sha256(Uint8Array.from([...named, ...bytes]));
  return toHex(digest.subarray(0, 4)) === id ? { name, id, publicKey: bytes.slice(1) } : undefined;
}

function signatureBy(line: string, key: Key): readonly Uint8Array<ArrayBuffer>[] {
  const [, name, encoded] = /^— (\S+) ([A-Za-z0-9+/=]+)$/u.exec(line) ?? [];
  const bytes = name === key.name ? fromBase64(encoded ?? '') : undefined;
  return bytes?.length === 68 && toHex(bytes.subarray(0, 4)) === key.id ? [bytes.slice(4)] : [];
}

async function verify(
  publicKey: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  text: Uint8Array<ArrayBuffer>,
): Promise<boolean | undefined> {
  try {
    const key = await crypto.subtle.importKey('raw', publicKey, { name: 'Ed25519' }, false, ['verify']);
    return await crypto.subtle.verify({ name: 'Ed25519' }, key, signature, text);
  } catch (error) {
    return error instanceof DOMException && error.name === 'NotSupportedError' ? undefined : false;
  }
}

// Strictly: text that could be written in another way is refused, so that each value has one form. RFC 4648, section 3.5
function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = atob(text);
    return btoa(bytes) === text ? Uint8Array.from(bytes, (character) => character.charCodeAt(0)) : undefined;
  } catch {
    return undefined;
  }
}
