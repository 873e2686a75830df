import { allProbes } from './all-probes.ts';
import { readCallTable } from './call-table.ts';
import type { Reviewed } from './check-combination.ts';
import type { Stage } from './open-stage.ts';
import { sweepId, sweepProbe, sweptNumbers } from './sweep.ts';
import { tryBare } from './try-bare.ts';

/** What the combinations are held against: the reviewed table, and the control run of this machine. */
export async function review(stage: Stage): Promise<Reviewed> {
  const numbers = sweptNumbers.filter((number) => sweepProbe(number, false) !== undefined);
  return { table: readCallTable(), bare: await tryBare(stage, [...allProbes.map(({ id }) => id), ...numbers.map(sweepId)]) };
}
