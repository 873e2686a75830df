import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import vectors from './vectors/aes-256-gcm-wycheproof.json' with { type: 'json' };
import { unwrapKey, wrapKey } from './wrap-key.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

describe('wrapped material', () => {
  it.each(vectors)('Wycheproof AES-GCM $id is $result', ({ key, iv, ct, tag, msg, result }) => {
    const opened = unwrapKey(createSecretKey(hex(key)), '', Buffer.concat([hex(iv), hex(ct), hex(tag)]));
    expect(opened?.toString('hex')).toBe(result === 'valid' ? msg : undefined);
  });

  it('opens_under_its_own_binding_alone', () => {
    const key = createSecretKey(Buffer.alloc(32, 1));
    const wrapped = wrapKey(key, 'a', Buffer.from('material'));
    expect(unwrapKey(key, 'a', wrapped)?.toString()).toBe('material');
    expect(unwrapKey(key, 'b', wrapped)).toBeUndefined();
  });
});
