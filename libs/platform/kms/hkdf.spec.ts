import { describe, expect, it } from 'vitest';
import { hkdf, hkdfExpandShort, hkdfExtract } from './hkdf.ts';
import vectors from './vectors/hkdf-sha256-wycheproof.json' with { type: 'json' };

const hex = (text: string) => Buffer.from(text, 'hex');
const valid = vectors.filter(({ result }) => result === 'valid');

describe('HKDF', () => {
  it.each(valid)('Wycheproof HKDF-SHA-256 $id', ({ ikm, salt, info, size, okm }) => {
    expect(hkdf({ secret: hex(ikm), salt: hex(salt), info: hex(info) }, size).toString('hex')).toBe(okm);
  });

  it.each(vectors.filter(({ result }) => result === 'invalid'))('Wycheproof HKDF-SHA-256 $id, longer than there is, is refused', (of) => {
    expect(() => hkdf({ secret: hex(of.ikm), salt: hex(of.salt), info: hex(of.info) }, of.size)).toThrow();
  });

  it.each(valid.filter(({ size }) => size <= 32))('Wycheproof HKDF-SHA-256 $id in two steps', ({ ikm, salt, info, size, okm }) => {
    expect(hkdfExpandShort(hkdfExtract(hex(salt), hex(ikm)), hex(info), size).toString('hex')).toBe(okm);
  });
});
