import { verify } from 'node:crypto';
import { type Result, assert, err, ok } from '@lib/kernel';
import { decodeBase64 } from './decode-base64.ts';
import type { TlogError } from './tlog.errors.ts';
import type { VerifierKey } from './verifier-key.ts';

/** Holds the name and public half; `sign` reaches the private half wherever it lives. */
export type NoteSigner = { readonly key: VerifierKey; readonly sign: (message: Uint8Array) => Promise<Uint8Array> };

const SIGNATURES_MAX = 100; // more than any log and its witnesses make; bounds the work on a hostile note
const NOTE_BYTES_MAX = 65_536; // a checkpoint is some hundred bytes
const KEY_ID_BYTES = 4;

/** Signs a text that ends in a newline. Source: C2SP signed-note v1.0.0. */
export async function signNote(text: string, signer: NoteSigner): Promise<string> {
  assert(text.endsWith('\n') && !hasControl(text), 'a note is lines of text that end in a newline');
  const signature = await signer.sign(Buffer.from(text, 'utf8'));
  const line = Buffer.concat([Buffer.from(signer.key.id, 'hex'), signature]).toString('base64');
  return `${text}\n— ${signer.key.name} ${line}\n`;
}

/**
 * Gives the signed text. Signatures of unknown keys are ignored, a known key that does not verify refuses the note,
 * and at least one known key must have signed. The key is chosen by name and id; its algorithm is never read from the note.
 * Errors: `tlog.note_malformed`, `tlog.key_unknown`, `tlog.signature_invalid`.
 */
export function openNote(note: Uint8Array, keys: readonly VerifierKey[]): Result<string, TlogError> {
  const parts = splitNote(note);
  if (parts === undefined) return err({ code: 'tlog.note_malformed' });
  let known = 0;
  for (const line of parts.lines) {
    const signature = parseSignature(line);
    if (signature === undefined) return err({ code: 'tlog.note_malformed' });
    const key = keys.find(({ name, id }) => name === signature.name && id === signature.id);
    if (key === undefined) continue;
    known += 1;
    if (!verify(null, Buffer.from(parts.text, 'utf8'), key.publicKey, signature.bytes)) return err({ code: 'tlog.signature_invalid' });
  }
  return known > 0 ? ok(parts.text) : err({ code: 'tlog.key_unknown' });
}

function splitNote(note: Uint8Array): { readonly text: string; readonly lines: readonly string[] } | undefined {
  if (note.length > NOTE_BYTES_MAX) return undefined;
  const content = Buffer.from(note).toString('utf8');
  // the round trip shows that the bytes were valid UTF-8: a replacement character would not come back as it was
  if (!Buffer.from(content, 'utf8').equals(note) || hasControl(content) || !content.endsWith('\n')) return undefined;
  const cut = content.lastIndexOf('\n\n');
  if (cut < 0) return undefined;
  const lines = content
    .slice(cut + 2)
    .split('\n')
    .slice(0, -1);
  return lines.length === 0 || lines.length > SIGNATURES_MAX ? undefined : { text: content.slice(0, cut + 1), lines };
}

function parseSignature(line: string): { readonly name: string; readonly id: string; readonly bytes: Uint8Array } | undefined {
  const [, name = '', encoded = ''] = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line) ?? [];
  const bytes = decodeBase64(encoded);
  if (name === '' || bytes === undefined || bytes.length <= KEY_ID_BYTES) return undefined;
  return { name, id: Buffer.from(bytes.subarray(0, KEY_ID_BYTES)).toString('hex'), bytes: bytes.subarray(KEY_ID_BYTES) };
}

function hasControl(text: string): boolean {
  return /[\u0000-\u0009\u000b-\u001f]/u.test(text);
}
