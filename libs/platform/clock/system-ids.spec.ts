import { expect, test } from 'vitest';
import { systemIds, uuidFrom } from './index.ts';

test('identifiers_of_one_process_strictly_increase', () => {
  const made = Array.from({ length: 20_000 }, () => systemIds.uuid());
  expect(made.every((id, index) => index === 0 || id > (made[index - 1] ?? id))).toBe(true);
});

test('identifier_is_version_7_of_the_rfc_variant', () => {
  expect(systemIds.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
});

test('layout_is_that_of_the_rfc_example', () => {
  // RFC 9562, appendix A.6: 2022-02-22 19:22:22 UTC
  const random = Buffer.from('18c4dc0c0c07398f', 'hex');
  expect(uuidFrom(1_645_557_742_000, 0xcc3, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
});
