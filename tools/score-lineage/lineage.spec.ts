import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readSources } from './read-sources.ts';
import { loadAnalyzers, scoreCorpus, type Trial } from './score-corpus.ts';
import { tally } from './tally.ts';

const everyNth = 3; // file; all of them: `npm run score:lineage`

it('findings_stay_what_they_are_through_changes_of_their_code_and_none_is_taken_for_another', async () => {
  const { sources, filler } = readSources(join(import.meta.dirname, '../..'));
  const some = sources.filter((_, index) => index % everyNth === 0);
  const trials: Trial[] = [];
  for await (const trial of scoreCorpus(await loadAnalyzers(), some, filler)) trials.push(trial);
  const { there, kept, wrong } = tally(trials);
  expect(trials.filter((trial) => trial.wrong > 0)).toEqual([]);
  expect(wrong).toBe(0);
  expect(trials.length).toBeGreaterThan(300);
  expect(kept / there).toBeGreaterThanOrEqual(0.99);
});
