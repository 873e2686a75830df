import { createHmac, createSecretKey } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { fc } from '../../../tools/testing/seeded-fast-check.ts';
import vectors from './vectors/hmac-sha256-wycheproof.json' with { type: 'json' };
import { hmacSha256 } from './hmac-sha256.ts';

test('equals_the_hmac_of_the_platform_for_any_key_and_message', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.uint8Array({ maxLength: 300 }), (secret, message) => {
      const key = createSecretKey(secret);
      expect(hmacSha256(key, message).toString('hex')).toBe(createHmac('sha256', key).update(message).digest('hex'));
      expect(hmacSha256(key, message).toString('hex')).toBe(createHmac('sha256', key).update(message).digest('hex'));
    }),
  );
});

describe('public vectors', () => {
  it.each(vectors)('Wycheproof HMAC-SHA-256 $id is $result', ({ key, msg, tag, result }) => {
    const made = hmacSha256(createSecretKey(Buffer.from(key, 'hex')), Buffer.from(msg, 'hex')).subarray(0, tag.length / 2);
    expect(made.toString('hex') === tag).toBe(result === 'valid');
  });
});
