import { type KeyObject, type webcrypto, createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { hpkeOpen, hpkeSeal } from './hpke.ts';

// An implementation of RFC 9180 that we did not write, on WebCrypto instead of node:crypto.
const foreign = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const pair = generateKeyPairSync('x25519');
const binding = { info: Buffer.from('info'), aad: Buffer.from('aad') };
const plain = randomBytes(32);
// the package's types name a type of browsers for what is the same object here
const keyOf = (key: unknown) => z.custom<webcrypto.CryptoKey>().parse(key);
const exact = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;
const raw = (key: KeyObject, field: 'x' | 'd') => Buffer.from(key.export({ format: 'jwk' })[field] ?? '', 'base64url');

it('a_foreign_implementation_opens_what_we_seal', async () => {
  const sealed = hpkeSeal(pair.publicKey, binding, plain);
  const recipientKey = keyOf(await foreign.kem.importKey('raw', exact(raw(pair.privateKey, 'd')), false));
  const opened = await foreign.open(
    { recipientKey, enc: exact(sealed.subarray(0, 32)), info: exact(binding.info) },
    exact(sealed.subarray(32)),
    exact(binding.aad),
  );
  expect(Buffer.from(opened).equals(plain)).toBe(true);
});

it('we_open_what_a_foreign_implementation_seals', async () => {
  const recipientPublicKey = keyOf(await foreign.kem.importKey('raw', exact(raw(pair.publicKey, 'x')), true));
  const { ct, enc } = await foreign.seal({ recipientPublicKey, info: exact(binding.info) }, exact(plain), exact(binding.aad));
  expect(hpkeOpen(pair.privateKey, binding, Buffer.concat([Buffer.from(enc), Buffer.from(ct)]))?.equals(plain)).toBe(true);
});

it('any_altered_byte_other_binding_or_other_key_opens_nothing', () => {
  const sealed = hpkeSeal(pair.publicKey, binding, plain);
  for (let at = 0; at < sealed.length; at += 1) {
    const broken = Buffer.from(sealed);
    broken.writeUInt8(broken.readUInt8(at) ^ 1, at);
    expect(hpkeOpen(pair.privateKey, binding, broken), `byte ${String(at)}`).toBeUndefined();
  }
  for (let length = 0; length < sealed.length; length += 1)
    expect(hpkeOpen(pair.privateKey, binding, sealed.subarray(0, length))).toBeUndefined();
  expect(hpkeOpen(pair.privateKey, { ...binding, info: Buffer.from('other') }, sealed)).toBeUndefined();
  expect(hpkeOpen(pair.privateKey, { ...binding, aad: Buffer.from('other') }, sealed)).toBeUndefined();
  expect(hpkeOpen(generateKeyPairSync('x25519').privateKey, binding, sealed)).toBeUndefined();
});

it('a_point_of_small_order_whose_secret_everybody_knows_opens_nothing', () => {
  // RFC 7748, section 6.1; the points are those of order 1, 2, 4 and 8
  const points = ['00'.repeat(32), `01${'00'.repeat(31)}`, 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'];
  for (const point of points) {
    expect(hpkeOpen(pair.privateKey, binding, Buffer.concat([Buffer.from(point, 'hex'), randomBytes(48)]))).toBeUndefined();
  }
});

it('the_same_bytes_never_seal_to_the_same_bytes', () => {
  const der = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
  const again = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const [one, two] = [hpkeSeal(pair.publicKey, binding, plain), hpkeSeal(pair.publicKey, binding, plain)];
  expect(Buffer.from(one).equals(two)).toBe(false);
  for (const sealed of [one, two]) expect(hpkeOpen(again, binding, sealed)?.equals(plain)).toBe(true);
});
