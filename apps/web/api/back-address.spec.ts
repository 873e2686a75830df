import { describe, expect, it } from 'vitest';
import { backAddress } from './back-address.ts';

const origin = 'https://aegis.example';

describe('backAddress', () => {
  it('an_address_of_our_own_is_kept_with_its_search', () => {
    expect(backAddress('/findings?severity=high&f=1', origin)).toBe('/findings?severity=high&f=1');
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'https://evil.example/x',
    'javascript:alert(1)',
    'http://',
    '/sign-in',
    undefined,
  ])('nobody_is_sent_to_%j', (back) => {
    expect(backAddress(back, origin)).toBe('/findings');
  });
});
