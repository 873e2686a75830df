import { allProbes } from './all-probes.ts';
import { callNames } from './call-numbers.ts';
import type { CallTable, Column } from './call-table.ts';
import type { Check } from './check.ts';
import { checkEndings } from './check-endings.ts';
import type { Combination } from './combinations.ts';
import type { Stage } from './open-stage.ts';
import { expectedOutcome, hasDoor, noDoor, type FileWalls, type Outcome, type Probe } from './probe.ts';
import { sweepId, sweepOutcome, sweepProbe, sweptNumbers } from './sweep.ts';
import { tryAll, type Tried } from './try-all.ts';

/** What a combination is held against. `bare` are the outcomes of the control run, for calls that the kernel itself refuses. */
export type Reviewed = {
  readonly table: CallTable;
  readonly bare: ReadonlyMap<string, Outcome>;
  readonly deaths?: 'in every phase' | 'in the runner';
};

const phaseNames: Readonly<Record<Column, string>> = { locked: 'runner', early: 'stage 1', filling: 'unpacker' };
const stillIds = 'still works';
const lacking = 'Landlock (Linux 5.13 or later) or bubblewrap';

/** Everything of one combination, phase by phase. Below the minimum: that it refuses with 78, and that nothing was read. */
export async function checkCombination(stage: Stage, combination: Combination, reviewed: Reviewed): Promise<readonly Check[]> {
  if (combination.walls === undefined) return checkRefusal(stage, combination);
  const checks: Check[] = [];
  for (const phase of ['locked', 'early', 'filling'] as const)
    checks.push(...(await checkPhase({ stage, combination, walls: combination.walls, reviewed, phase })));
  if (reviewed.deaths !== 'in the runner') checks.push(...(await checkEndings(stage, combination)));
  return checks;
}

type PhaseOf = {
  readonly stage: Stage;
  readonly combination: Combination;
  readonly walls: FileWalls;
  readonly reviewed: Reviewed;
  readonly phase: Column;
};

async function checkPhase({ stage, combination, walls, reviewed, phase }: PhaseOf): Promise<readonly Check[]> {
  const where = `${combination.name}, ${phaseNames[phase]}`;
  const probes = allProbes.filter((probe) => isTried({ probe, phase, walls, reviewed }));
  const expected = new Map(
    probes.map((probe) => [probe.id, hasDoor(probe, reviewed.bare) ? expectedOutcome(probe[phase] ?? '', walls) : `crashed: ${noDoor}`]),
  );
  const killedByName = new Set(
    allProbes.filter((probe) => probe[phase] === 'SIGSYS').map((probe) => probe.id.slice(probe.id.indexOf('/') + 1)),
  );
  const numbers = sweptNumbers.filter(
    (number) => isSwept({ number, phase, table: reviewed.table }) && !killedByName.has(callNames.get(number) ?? ''),
  );
  const deadly = new Set([
    ...probes.filter((probe) => expected.get(probe.id) === 'SIGSYS' || !hasDoor(probe, reviewed.bare)).map((probe) => probe.id),
    ...numbers.filter((number) => reviewed.table.get(number)?.[phase] === 'SIGSYS').map(sweepId),
  ]);
  const ids = [...probes.map((probe) => probe.id), ...(phase === 'locked' ? [stillIds] : []), ...numbers.map(sweepId)];
  const tried = await tryAll(stage, combination, { phase, ids, deadly });
  return [
    ...probes.map((probe) => ({
      where,
      id: probe.id,
      expected: expected.get(probe.id) ?? '',
      got: tried.outcomes.get(probe.id) ?? 'not tried',
    })),
    ...[...tried.outcomes].filter(([id]) => id.startsWith('still: ')).map(([id, got]) => ({ where, id, expected: 'works', got })),
    ...numbers.map((number) => sweepCheck({ where, number, phase, reviewed, tried })),
    ...(phase === 'locked' ? layerChecks(where, combination, tried) : []),
  ];
}

// The short form takes a process for each death in the runner alone; the other phases have the same rules, and the long form.
function isTried({ probe, phase, walls, reviewed }: Pick<PhaseOf, 'phase' | 'walls' | 'reviewed'> & { readonly probe: Probe }): boolean {
  const expected = probe[phase];
  if (expected === undefined) return false;
  return phase === 'locked' || reviewed.deaths !== 'in the runner' || expectedOutcome(expected, walls) !== 'SIGSYS';
}

/** Whether a number can be tried here: some end the process by what they are, refused or not. */
export function isSwept({ number, phase, table }: { readonly number: number; readonly phase: Column; readonly table: CallTable }): boolean {
  return sweepProbe(number, phase !== 'early' && table.get(number)?.[phase] !== 'allowed') !== undefined;
}

type SweepOf = {
  readonly where: string;
  readonly number: number;
  readonly phase: Column;
  readonly reviewed: Reviewed;
  readonly tried: Tried;
};

function sweepCheck({ where, number, phase, reviewed, tried }: SweepOf): Check {
  const expected = reviewed.table.get(number)?.[phase] ?? 'not in the table';
  const raw = tried.outcomes.get(sweepId(number)) ?? 'not tried';
  // a call that the kernel itself does not have, or keeps from ordinary users, was let through by the filter
  const got =
    expected === 'allowed' && raw === reviewed.bare.get(sweepId(number)) ? 'allowed' : raw === 'not tried' ? raw : sweepOutcome(raw);
  return { where, id: `${sweepId(number)} ${callNames.get(number) ?? 'none yet'}`, expected, got };
}

function layerChecks(where: string, combination: Combination, { layers }: Tried): readonly Check[] {
  const found = layers as Readonly<Record<string, unknown>> | undefined;
  const check = (id: string, expected: boolean): Check => ({
    where,
    id: `layer: ${id}`,
    expected: String(expected),
    got: String(Boolean(found?.[id])),
  });
  return [
    check('bubblewrap', combination.bubblewrap === 'auto'),
    check('landlockAbi', combination.landlock === 'auto'),
    ...['noNewPrivileges', 'seccompStage1', 'seccompStage2', 'unprivilegedUser'].map((id) => check(id, true)),
  ];
}

async function checkRefusal(stage: Stage, combination: Combination): Promise<readonly Check[]> {
  const tried = await tryAll(stage, combination, { phase: 'locked', ids: ['surroundings/user'], deadly: new Set() });
  const where = combination.name;
  return [
    {
      where,
      id: 'refuses, and says what is missing',
      expected: lacking,
      got: tried.refused.some((text) => text.startsWith(lacking)) ? lacking : tried.refused.join('; '),
    },
    // the supervisor may be quicker to end it than it ends itself
    {
      where,
      id: 'ends',
      expected: '78 or SIGKILL',
      got: tried.exits.some((exit) => exit === 78 || exit === 'SIGKILL') ? '78 or SIGKILL' : tried.exits.join(' '),
    },
    { where, id: 'reads nothing', expected: '0 outcomes', got: `${String(tried.outcomes.size)} outcomes` },
  ];
}
