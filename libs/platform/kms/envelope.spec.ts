import { createCipheriv, createHash, hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { tenantIdSchema } from '@lib/contract';
import { openEnvelope, readEnvelopeHead, sealEnvelope } from './envelope.ts';

const tenantId = tenantIdSchema.parse(randomUUID());
const context = { tenantId, purpose: 'evidence-pack', objectId: 'a', version: 1 };
const plain = Buffer.from('evidence');
const dataKey = { plain: randomBytes(32), wrapped: randomBytes(60) };

/** The format written out a second time, with a commitment of the caller's choice: what someone who chose the data key can make. */
function sealWith(commitment: Buffer | undefined): Uint8Array {
  const canonical = `{"object":"a","purpose":"evidence-pack","tenant":"${tenantId}","version":"1"}`;
  const info = createHash('sha256').update(`aegis.envelope.v1\n${canonical}`).digest();
  const derived = Buffer.from(hkdfSync('sha256', dataKey.plain, Buffer.alloc(0), info, 64));
  const nonce = randomBytes(12);
  const length = Buffer.of(0, dataKey.wrapped.length);
  const head = Buffer.concat([Buffer.from('AEGENV01'), length, dataKey.wrapped, commitment ?? derived.subarray(32), nonce]);
  const cipher = createCipheriv('aes-256-gcm', derived.subarray(0, 32), nonce);
  cipher.setAAD(head);
  return Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

it('the_layout_is_what_its_description_says', () => {
  expect(openEnvelope(context, dataKey.plain, sealWith(undefined))).toEqual(plain);
  expect(readEnvelopeHead(sealEnvelope(context, dataKey, { bytesMax: plain.length, parts: [plain] }))?.wrapped).toEqual(dataKey.wrapped);
});

it('a_ciphertext_with_a_valid_tag_and_no_commitment_to_its_key_is_refused', () => {
  expect(openEnvelope(context, dataKey.plain, sealWith(randomBytes(32)))).toBeUndefined();
});
