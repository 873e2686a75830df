import { killedCalls } from '../probes/killed-calls.ts';
import { refusedCalls } from '../probes/refused-calls.ts';
import { expectedOutcome, type Probe } from '../probe.ts';
import { bubblewrapOnly, landlockOnly, numbering, stageOneWithout, stageTwoAllowing, stageTwoWithout, type Mutant } from './mutant.ts';

const familyOf = (probe: Probe): string => probe.id.slice(0, probe.id.indexOf('/'));
// Landlock also keeps signals from leaving, so those are shown where it does not stand
const hostOf = (probe: Probe): Mutant['host'] => (familyOf(probe) === 'signal' ? bubblewrapOnly : landlockOnly);

// A call that the kernel itself keeps from ordinary users answers the same with and without a rule; another of its kind shows the rule.
const telling = refusedCalls.filter(
  (probe) => probe.locked !== probe.bare && probe.call !== undefined && (probe.early !== undefined) === probe.stoppedBy.includes('stage 1'),
);
// one probe a call, so that a rule is taken away once
const oneEach = (probes: readonly Probe[]): readonly Probe[] =>
  probes.filter((probe, index) => probes.findIndex((other) => other.call === probe.call) === index);
const fromStageOne = oneEach(telling.filter((probe) => probe.stoppedBy.includes('stage 1')));
const fromStageTwo = oneEach(telling.filter((probe) => !probe.stoppedBy.includes('stage 1')));

const callOf = (probe: Probe): string => probe.call ?? '';
const individually = (call: string) => ({
  short: call === 'ptrace',
  ...(call === 'setsid'
    ? { equivalent: 'the launcher has made a session already, and the kernel refuses a second one with the same errno' }
    : {}),
});

// What the runner itself finds out, and then does not start.
const seenBySelfTest: Readonly<Record<string, string>> = { socket: 'make a socket', clone: 'start a process' };
const refusedForOf = (call: string): Pick<Mutant, 'refusedFor'> => {
  const refusedFor = seenBySelfTest[call];
  return refusedFor === undefined ? {} : { refusedFor };
};

/** Each call that either stage refuses, taken out of one stage where the other is out already. */
export const callMutants: readonly Mutant[] = [
  ...[...killedCalls, ...fromStageOne].map((probe): Mutant => {
    const call = callOf(probe);
    const expected = expectedOutcome(probe.early ?? '', 'Landlock');
    return {
      ...individually(call),
      id: `stage 1 without ${call}`,
      edits: [stageOneWithout(call)],
      without: [],
      host: landlockOnly,
      phase: 'early',
      probe: probe.id,
      expected,
    };
  }),
  ...killedCalls.map((probe): Mutant => {
    const call = callOf(probe);
    return {
      ...individually(call),
      id: `stage 2 without ${call}`,
      edits: [stageTwoWithout(call)],
      without: [stageOneWithout(call)],
      host: landlockOnly,
      phase: 'locked',
      probe: probe.id,
      expected: 'SIGSYS',
    };
  }),
  ...fromStageOne.map((probe): Mutant => {
    const call = callOf(probe);
    return {
      ...individually(call),
      ...refusedForOf(call),
      id: `stage 2 allows ${call}`,
      edits: [...numbering(call), stageTwoAllowing(call)],
      without: [stageOneWithout(call)],
      host: landlockOnly,
      phase: 'locked',
      probe: probe.id,
      expected: 'EPERM',
    };
  }),
  ...fromStageTwo.map((probe): Mutant => {
    const call = callOf(probe);
    return {
      ...individually(call),
      id: `stage 2 allows ${call}`,
      edits: [...numbering(call), stageTwoAllowing(call)],
      without: [],
      host: hostOf(probe),
      phase: 'locked',
      probe: probe.id,
      expected: 'EPERM',
    };
  }),
];

/** Many mutants planted together: each probe must see its own wall gone. Quick, but it does not show that the other stage alone holds. */
export type MutantCrowd = { readonly id: string; readonly mutants: readonly Mutant[] };

// socket and clone: the self-test sees them and the runner does not start, which other mutants show. ptrace: a traced process stops at the
// next signal, and the rest of the crowd with it.
const alone = ['socket', 'clone', 'ptrace'];

/** The same mutants, all of a kind at once: the short form. */
export const callCrowds: readonly MutantCrowd[] = ['stage 1 without ', 'stage 2 without ', 'stage 2 allows ']
  .flatMap((kind) =>
    [landlockOnly, bubblewrapOnly].map((host) => ({
      id: `${kind}any of its calls`,
      mutants: callMutants.filter(
        ({ id, host: own, equivalent }) =>
          id.startsWith(kind) && own === host && !alone.includes(id.slice(kind.length)) && equivalent === undefined,
      ),
    })),
  )
  .filter(({ mutants }) => mutants.length > 0);
