import { expect, it } from 'vitest';
import { fc } from '../../../../tools/testing/seeded-fast-check.ts';
import { positionedWithin } from './positioned-within.ts';

it('answers_what_a_look_at_each_would', () => {
  const place = fc.nat(20);
  fc.assert(
    fc.property(fc.array(place, { maxLength: 12 }), place, place, (places, start, length) => {
      const inOrder = places.toSorted((a, b) => a - b).map((position) => ({ position }));
      const end = start + length;
      expect(positionedWithin(inOrder, { start, end })).toEqual(inOrder.filter(({ position }) => position >= start && position < end));
    }),
  );
});
