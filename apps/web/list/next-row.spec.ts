import { describe, expect, it } from 'vitest';
import { nextRow } from './next-row.ts';

describe('nextRow', () => {
  it('never_leaves_the_list', () => {
    for (const key of ['j', 'k', 'ArrowDown', 'ArrowUp', 'Home', 'End'])
      for (let at = -1; at < 3; at++) {
        const row = nextRow(key, at, 3);
        expect(row).toBeGreaterThanOrEqual(0);
        expect(row).toBeLessThan(3);
      }
  });

  it('the_first_j_takes_the_first_row_and_other_keys_are_left_alone', () => {
    expect(nextRow('j', -1, 3)).toBe(0);
    expect(nextRow('x', 0, 3)).toBeUndefined();
    expect(nextRow('j', -1, 0)).toBeUndefined();
  });
});
