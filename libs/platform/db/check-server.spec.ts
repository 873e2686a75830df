import { expect, test } from 'vitest';
import { belowFloor } from './check-server.ts';

test.each([
  [180_007, undefined],
  [180_006, '18.7'],
  [170_012, undefined],
  [170_011, '17.12'],
  [160_016, undefined],
  [160_015, '16.16'],
  [150_020, undefined],
  [150_019, '15.20'],
  [140_099, 'a supported major release, 15 or later'],
  [190_000, undefined],
])('server_%i_needs_%s', (version, needed) => {
  expect(belowFloor(version)).toBe(needed);
});
