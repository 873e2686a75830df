import { expect, test } from 'vitest';
import { lintMutants, lintProbes } from './lint-probes.ts';

test.each(lintProbes)('$id $what', async ({ attack }) => {
  expect(await attack({ exceptions: [] })).toEqual([]);
});

test.each(lintMutants)('L01 sees that $change', async ({ target }) => {
  expect(await lintProbes[0]?.attack(target)).not.toEqual([]);
});
