import { buildMutant } from './build-mutant.ts';
import type { Combination } from './combinations.ts';
import { callMutants, type MutantCrowd } from './mutants/call-mutants.ts';
import { guardMutants } from './mutants/guard-mutants.ts';
import { hostMutants } from './mutants/host-mutants.ts';
import type { Edit, Mutant } from './mutants/mutant.ts';
import type { Stage } from './open-stage.ts';
import type { Outcome } from './probe.ts';
import { runLists, type Host } from './run-lists.ts';
import { runOutcome } from './run-outcome.ts';
import { tryAll } from './try-all.ts';
import { tryOrphan } from './try-orphan.ts';

export const allMutants: readonly Mutant[] = [...hostMutants, ...guardMutants, ...callMutants];

/** What became of a mutant. `base` is what the probe answers with the covering walls away and the mutant not yet planted. */
export type MutantResult = {
  readonly mutant: Mutant;
  readonly base: Outcome;
  readonly got: Outcome;
  readonly verdict: 'killed' | 'survived' | 'equivalent' | 'wrong';
};

const atOnce = 2;
const spinWallMs = 2500;
const patienceMs = 25_000;

/** Plants each mutant and lets its probe look. `wrong`: the mutant does not show what it is meant to; the list has to be mended. */
export async function checkMutants(
  stage: Stage,
  mutants: readonly Mutant[],
  tell: (result: MutantResult) => void,
): Promise<readonly MutantResult[]> {
  const waiting = [...mutants];
  const results: MutantResult[] = [];
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const result = await checkOne(stage, mutant);
      tell(result);
      results.push(result);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}

/** Plants a crowd at once and lets each probe look for its own. Edits that several share are made once. */
export async function checkCrowd(stage: Stage, { mutants }: MutantCrowd): Promise<readonly MutantResult[]> {
  const [first] = mutants;
  if (first === undefined) return [];
  const built = await buildMutant(
    stage,
    mutants.flatMap((mutant) => [...mutant.without, ...mutant.edits]),
  );
  try {
    const trial = { phase: first.phase, ids: mutants.map(({ probe }) => probe), deadly: new Set<string>() };
    const { outcomes, refused } = await tryAll(stage, { ...first.host, ...built, patienceMs }, trial);
    return mutants.map((mutant): MutantResult => {
      const got = outcomes.get(mutant.probe) ?? `not tried: ${refused.join('; ')}`;
      const verdict = got.startsWith('not tried') ? 'wrong' : got === mutant.expected ? 'survived' : 'killed';
      return { mutant, base: mutant.expected, got, verdict };
    });
  } finally {
    built.remove();
  }
}

/** Those that this machine can show. `closed`: probes whose way into the kernel it does not have. */
export function shownMutants(mutants: readonly Mutant[], shown: readonly Combination[], closed: ReadonlySet<string>): readonly Mutant[] {
  return mutants.filter(
    ({ host, probe }) =>
      !closed.has(probe) &&
      shown.some(({ user, bubblewrap, landlock }) => user === host.user && bubblewrap === host.bubblewrap && landlock === host.landlock),
  );
}

async function checkOne(stage: Stage, mutant: Mutant): Promise<MutantResult> {
  // without covering walls the base is the product itself, and the suite has shown it
  const base = mutant.without.length === 0 ? mutant.expected : await outcomeWith(stage, mutant, mutant.without);
  const got = await outcomeWith(stage, mutant, [...mutant.without, ...mutant.edits]);
  return { mutant, base, got, verdict: verdictOf(mutant, base, got) };
}

function verdictOf(mutant: Mutant, base: Outcome, got: Outcome): MutantResult['verdict'] {
  const refused = got.startsWith('refused');
  if (!isExpected(mutant, base) || got === 'did not start' || (refused && mutant.expected !== 'refused' && !isRefusedFor(mutant, got)))
    return 'wrong';
  if (mutant.equivalent !== undefined) return isExpected(mutant, got) ? 'equivalent' : 'wrong';
  return isExpected(mutant, got) ? 'survived' : 'killed';
}

const isExpected = ({ expected }: Mutant, outcome: Outcome): boolean =>
  expected === 'refused' ? outcome.startsWith('refused: ') : outcome === expected;
const isRefusedFor = ({ refusedFor }: Mutant, got: Outcome): boolean => refusedFor !== undefined && got.includes(refusedFor);

async function outcomeWith(stage: Stage, mutant: Mutant, edits: readonly Edit[]): Promise<Outcome> {
  const built = await buildMutant(stage, edits);
  try {
    const host: Host = { ...mutant.host, ...built, ...(mutant.probe.startsWith('ending: spin') ? { wallMs: spinWallMs } : {}), patienceMs };
    if (mutant.probe === 'ending: orphan') return await tryOrphan(stage, host);
    const [run] = await runLists(stage, host, [{ phase: mutant.phase, ids: [mutant.probe] }]);
    return run === undefined ? 'nothing' : runOutcome(run, mutant.probe);
  } finally {
    built.remove();
  }
}
