import { verify } from 'node:crypto';
import { type Result, assert, err, ok } from '@lib/kernel';
import { prepareCosignature, verifyCosignature } from './cosignature.ts';
import { decodeBase64 } from './decode-base64.ts';
import type { TlogError } from './tlog.errors.ts';
import type { VerifierKey } from './verifier-key.ts';

/** Holds the name and public half; `sign` reaches the private half wherever it lives. */
export type NoteSigner = { readonly key: VerifierKey; readonly sign: (message: Uint8Array) => Promise<Uint8Array> };

/** A signature that holds. `time`, in seconds since 1970, is what a witness says of when it saw the text; a log says none. */
export type NoteSignature = { readonly key: VerifierKey; readonly line: string; readonly time?: bigint };

/** The signed text, and the signatures of the keys that were listed. */
export type SignedNote = { readonly text: string; readonly signatures: readonly NoteSignature[] };

const SIGNATURES_MAX = 100; // more than any log and its witnesses make; bounds the work on a hostile note
const NOTE_BYTES_MAX = 524_288; // a checkpoint is some hundred bytes, a signature of ML-DSA-44 in base64 3,300
const KEY_ID_BYTES = 4;

/** Signs a text that ends in a newline, as a log does. Source: C2SP signed-note v1.0.0. */
export async function signNote(text: string, signer: NoteSigner): Promise<string> {
  assert(signer.key.kind === 'note', 'a log signs the text as it stands');
  assert(text.endsWith('\n') && !hasControl(text), 'a note is lines of text that end in a newline');
  const signature = await signer.sign(Buffer.from(text, 'utf8'));
  return `${text}\n${signatureLine(signer.key, signature)}`;
}

/** The line that a witness adds to a checkpoint which it saw at a time. Units: seconds since 1970. Source: C2SP tlog-cosignature 1.1. */
export async function cosignNote(text: string, signer: NoteSigner, time: bigint): Promise<string> {
  const { message, finish } = prepareCosignature(text, signer.key, time);
  return signatureLine(signer.key, finish(await signer.sign(message)));
}

/**
 * Gives the signed text. Signatures of unknown keys are ignored, a known key that does not verify refuses the note,
 * and at least one known key must have signed. The key is chosen by name and id; its algorithm is never read from the note.
 * Errors: `tlog.note_malformed`, `tlog.key_unknown`, `tlog.signature_invalid`.
 */
export function openNote(note: Uint8Array, keys: readonly VerifierKey[]): Result<string, TlogError> {
  const opened = readNote(note, keys);
  return opened.ok ? ok(opened.value.text) : opened;
}

/** As `openNote`, and tells which of the keys signed, and when. Errors: the same. */
export function readNote(note: Uint8Array, keys: readonly VerifierKey[]): Result<SignedNote, TlogError> {
  const parts = splitNote(note);
  if (parts === undefined) return err({ code: 'tlog.note_malformed' });
  const signatures = readSignatures(parts.text, parts.lines, keys);
  if (!signatures.ok) return signatures;
  return signatures.value.length > 0 ? ok({ text: parts.text, signatures: signatures.value }) : err({ code: 'tlog.key_unknown' });
}

/** The signatures of known keys among signature lines. Errors: `tlog.note_malformed`, `tlog.signature_invalid`. */
export function readSignatures(
  text: string,
  lines: readonly string[],
  keys: readonly VerifierKey[],
): Result<readonly NoteSignature[], TlogError> {
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const parsed = parseSignature(line);
    if (parsed === undefined) return err({ code: 'tlog.note_malformed' });
    const key = keys.find(({ name, id }) => name === parsed.name && id === parsed.id);
    if (key === undefined) continue;
    const signature = checkSignature(text, key, parsed.bytes);
    if (signature === undefined) return err({ code: 'tlog.signature_invalid' });
    signatures.push({ ...signature, line: `${line}\n` });
  }
  return ok(signatures);
}

function checkSignature(text: string, key: VerifierKey, bytes: Uint8Array): Omit<NoteSignature, 'line'> | undefined {
  if (key.kind === 'note') return verify(null, Buffer.from(text, 'utf8'), key.publicKey, bytes) ? { key } : undefined;
  const time = verifyCosignature(text, key, bytes);
  return time === undefined ? undefined : { key, time };
}

function splitNote(note: Uint8Array): { readonly text: string; readonly lines: readonly string[] } | undefined {
  if (note.length > NOTE_BYTES_MAX) return undefined;
  const content = Buffer.from(note).toString('utf8');
  // the round trip shows that the bytes were valid UTF-8: a replacement character would not come back as it was
  if (!Buffer.from(content, 'utf8').equals(note) || hasControl(content) || !content.endsWith('\n')) return undefined;
  const cut = content.lastIndexOf('\n\n');
  if (cut < 0) return undefined;
  const lines = splitLines(content.slice(cut + 2));
  return lines === undefined ? undefined : { text: content.slice(0, cut + 1), lines };
}

/** Lines that each end in a newline, at least one and at most as many as signatures are looked at. */
export function splitLines(content: string): readonly string[] | undefined {
  if (content.length > NOTE_BYTES_MAX || !content.endsWith('\n')) return undefined;
  const lines = content.split('\n').slice(0, -1);
  return lines.length > SIGNATURES_MAX ? undefined : lines;
}

function signatureLine(key: VerifierKey, signature: Uint8Array): string {
  return `— ${key.name} ${Buffer.concat([Buffer.from(key.id, 'hex'), signature]).toString('base64')}\n`;
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
