import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSources } from './read-sources.ts';
import { loadAnalyzers, scoreCorpus, type Trial } from './score-corpus.ts';
import { tally } from './tally.ts';

const survivalMin = 0.99;
const trialsMin = 300;

/** `score-lineage [--list]`: how many findings of real code stay what they are when the code is changed, and how many are taken for another. */
async function main(flags: readonly string[]): Promise<number> {
  const { sources, filler } = readSources(
    join(dirname(fileURLToPath(import.meta.url)), import.meta.url.includes('/dist/') ? '..' : '../..'),
  );
  const trials: Trial[] = [];
  for await (const trial of scoreCorpus(await loadAnalyzers(), sources, filler)) trials.push(trial);
  const { there, kept, wrong, lost } = tally(trials);
  const bad = trials.filter((one) => one.wrong > 0 || one.kept < one.there);
  if (flags.includes('--list'))
    for (const one of bad)
      process.stdout.write(
        `${one.name}: ${one.path}: kept ${String(one.kept)} of ${String(one.there)}, wrong ${String(one.wrong)}: ${one.missed.join(', ')}\n`,
      );
  process.stdout.write(
    [
      `transformations: ${String(trials.length)} (${String(new Set(trials.map(({ name }) => name)).size)} kinds, ${String(new Set(trials.map(({ path }) => path)).size)} files)`,
      `findings that the new code still has: ${String(there)}, kept: ${String(kept)} (${((100 * kept) / there).toFixed(2)} %)`,
      `wrong merges: ${String(wrong)}`,
      `taken out, or no longer reported by the analyzer: ${String(lost)}`,
      '',
    ].join('\n'),
  );
  return kept / there >= survivalMin && wrong === 0 && trials.length >= trialsMin ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
