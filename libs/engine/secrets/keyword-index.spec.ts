import { expect, it } from 'vitest';
import { fc } from '../../../tools/testing/seeded-fast-check.ts';
import { keywordIndex } from './keyword-index.ts';

const wide = { hitsMax: 10_000, runsMax: 100, runCharsMin: 8 };

it('finds_what_a_search_for_each_keyword_finds', () => {
  const letters = fc.constantFrom('a', 'b', 'c', '_', 'A', 'é');
  const keyword = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '_'), minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.uniqueArray(keyword, { minLength: 1, maxLength: 8 }), fc.string({ unit: letters, maxLength: 60 }), (keywords, text) => {
      const wanted = keywords.flatMap((each, place) =>
        placesOf(text.toLowerCase(), each).map((start) => `${String(place)}@${String(start)}`),
      );
      const found = keywordIndex(keywords)
        .scan(text, wide)
        .hits.map(({ keyword: place, start, end }) => {
          expect(end - start).toBe(keywords[place]?.length);
          return `${String(place)}@${String(start)}`;
        });
      expect(found.toSorted()).toEqual(wanted.toSorted());
    }),
  );
});

function placesOf(text: string, keyword: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(keyword); at >= 0; at = text.indexOf(keyword, at + 1)) places.push(at);
  return places;
}

it('stops_at_its_bounds', () => {
  const index = keywordIndex(['key']);
  expect(index.scan('key '.repeat(100), { ...wide, hitsMax: 7 }).hits).toHaveLength(7);
  expect(index.scan(`${'A'.repeat(20)} `.repeat(50), { ...wide, runsMax: 3 }).runs).toHaveLength(3);
});

it('a_run_is_the_whole_stretch_and_may_end_the_text', () => {
  const { runs } = keywordIndex(['zz']).scan('x = "QUJDREVGRw"; QUJDREVGRw', wide);
  expect(runs).toEqual([
    { start: 5, end: 15 },
    { start: 18, end: 28 },
  ]);
});

it('finds_every_run_that_a_regular_expression_finds', () => {
  const index = keywordIndex(['zz']);
  const text = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom(' ', '"', '\n', 'é')), { maxLength: 12 });
  fc.assert(
    fc.property(text, (parts) => {
      const joined = parts.map(([length, gap]) => 'aZ9+/-_'.repeat(6).slice(0, length) + gap).join('');
      const wanted = [...joined.matchAll(/[A-Za-z0-9+/_-]{8,}/gu)].map(({ index: start, 0: run }) => ({ start, end: start + run.length }));
      expect(index.scan(joined, wide).runs).toEqual(wanted);
    }),
  );
});
