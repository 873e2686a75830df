import { expect, test } from 'vitest';
import { strangerKey } from './stranger-key.ts';

test.each([
  ['10.1.2.3', '10.1.2.3'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
])('failures_of_%s_count_under_%s', (address, key) => {
  expect(strangerKey(address)).toBe(key);
});
