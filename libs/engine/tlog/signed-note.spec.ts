import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fc } from '../../../tools/testing/seeded-fast-check.ts';
import {
  type NoteSigner,
  type VerifierKey,
  emptyRoot,
  formatCheckpoint,
  formatVerifierKey,
  openNote,
  parseCheckpoint,
  parseVerifierKey,
  signNote,
  verifierKey,
} from './index.ts';

const origin = 'audit.example/t/1';
const makeSigner = (name: string): NoteSigner => {
  const pair = generateKeyPairSync('ed25519');
  return { key: verifierKey(name, pair.publicKey), sign: (message) => Promise.resolve(sign(null, message, pair.privateKey)) };
};
const signer = makeSigner(origin);
const text = formatCheckpoint({ origin, size: 7n, root: emptyRoot });
const open = (note: string | Uint8Array, keys: readonly VerifierKey[] = [signer.key]) => openNote(Buffer.from(note), keys);

describe('signed note', () => {
  it('opens_to_the_text_that_was_signed', async () => {
    expect(open(await signNote(text, signer))).toEqual({ ok: true, value: text });
  });

  it('any_flipped_bit_of_any_byte_is_refused', async () => {
    const note = Buffer.from(await signNote(text, signer));
    for (let at = 0; at < note.length; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const broken = Buffer.from(note);
        broken.writeUInt8(broken.readUInt8(at) ^ (1 << bit), at);
        expect(open(broken).ok).toBe(false);
      }
    }
  });

  it('a_key_of_another_name_or_another_key_of_the_same_name_does_not_count', async () => {
    const note = await signNote(text, signer);
    const unknown = { ok: false, error: { code: 'tlog.key_unknown' } };
    expect(open(note, [])).toEqual(unknown);
    expect(open(note, [makeSigner(origin).key])).toEqual(unknown);
    expect(open(note, [verifierKey('audit.example/t/2', signer.key.publicKey)])).toEqual(unknown);
  });

  it('signatures_of_unknown_keys_are_ignored_and_a_bad_one_of_a_known_key_refuses', async () => {
    const note = await signNote(text, signer);
    const witness = makeSigner('witness.example');
    const cosigned = note + (await signNote(text, witness)).slice(text.length + 1);
    expect(open(cosigned)).toEqual({ ok: true, value: text });
    expect(open(cosigned, [signer.key, witness.key])).toEqual({ ok: true, value: text });
    const other = (await signNote(formatCheckpoint({ origin, size: 8n, root: emptyRoot }), witness)).split('\n\n')[1] ?? '';
    expect(open(note + other, [signer.key, witness.key])).toEqual({ ok: false, error: { code: 'tlog.signature_invalid' } });
  });

  it('malformed_notes_are_refused_and_never_throw', async () => {
    const note = await signNote(text, signer);
    const malformed = ['', '\n', text, note.slice(0, -1), `${note}\n`, `\r${note}`, note.replace('— ', '- '), `${note}— x AAAA\n`];
    for (const each of malformed) expect(open(each)).toEqual({ ok: false, error: { code: 'tlog.note_malformed' } });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(open(bytes).ok).toBe(false);
      }),
    );
  });
});

describe('verifier key', () => {
  it('comes_back_from_its_line_and_any_changed_character_is_refused', () => {
    const line = formatVerifierKey(signer.key);
    const parsed = parseVerifierKey(line);
    if (!parsed.ok) throw new Error(parsed.error.code);
    expect(formatVerifierKey(parsed.value)).toBe(line);
    for (let at = 0; at < line.length; at += 1) {
      const changed = line.slice(0, at) + (line[at] === 'x' ? 'y' : 'x') + line.slice(at + 1);
      expect(parseVerifierKey(changed).ok).toBe(false);
    }
  });
});

describe('checkpoint', () => {
  it('comes_back_from_its_text_at_any_size', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.uint8Array({ minLength: 32, maxLength: 32 }), (size, root) => {
        const parsed = parseCheckpoint(formatCheckpoint({ origin, size, root }));
        expect(parsed).toMatchObject({ ok: true, value: { origin, size } });
        expect(parsed.ok && Buffer.from(parsed.value.root).equals(root)).toBe(true);
      }),
    );
  });

  it('has_one_way_to_write_it', () => {
    const root = Buffer.from(emptyRoot).toString('base64');
    const refused = [
      `${origin}\n07\n${root}\n`,
      `${origin}\n+7\n${root}\n`,
      `${origin}\n7\n${root}`,
      `${origin}\n7\n${root}\n\n`,
      `${origin}\n7\n${root}\nextension\n`,
      `\n7\n${root}\n`,
      `${origin}\n7\n${root.slice(0, -1)}\n`,
      `${origin}\n7\n${root.replaceAll('/', '_')}\n`,
      `${origin}\n7\nAAAA\n`,
      `${origin}\n9223372036854775808\n${root}\n`,
      `${origin}\n7 \n${root}\n`,
    ];
    for (const each of refused) expect(parseCheckpoint(each)).toEqual({ ok: false, error: { code: 'tlog.checkpoint_malformed' } });
  });
});
