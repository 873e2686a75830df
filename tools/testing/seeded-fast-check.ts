// fast-check with the seed that the whole run shares, so that what failed once fails again.
import fc from 'fast-check';

const fixedSeed = 20_260_101; // any number; a run that gates a change draws the same cases each time

// AEGIS_SEED may be a number, or `random` to look at cases that were not tried before.
const seed = readSeed(process.env['AEGIS_SEED']);

fc.configureGlobal({ seed });
if (seed !== fixedSeed) process.stdout.write(`fast-check: AEGIS_SEED=${String(seed)} repeats this run\n`);

export { fc };

function readSeed(given: string | undefined): number {
  if (given === undefined) return fixedSeed;
  if (given === 'random') return Math.floor(Math.random() * 0x7fffffff);
  const asked = Number(given);
  if (!Number.isInteger(asked)) throw new Error(`AEGIS_SEED is a whole number or \`random\`, not ${given}`);
  return asked;
}
