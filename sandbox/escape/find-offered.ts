import { allProbes } from './all-probes.ts';
import type { Offered } from './combinations.ts';
import { isRoot, type Stage } from './open-stage.ts';
import { hasDoor } from './probe.ts';
import { runLists } from './run-lists.ts';
import { tryBare } from './try-bare.ts';

/** Asks the sandbox itself which file walls stand on this machine, for the user with the fewest rights. */
export async function findOffered(stage: Stage): Promise<Offered> {
  const [run] = await runLists(stage, { user: 'ordinary', bubblewrap: 'auto', landlock: 'auto' }, [
    { phase: 'locked', ids: ['surroundings/user'] },
  ]);
  if (run?.result.ok !== true) return { bubblewrap: false, landlock: false, root: isRoot };
  const { layers } = run.result.value;
  return { bubblewrap: layers.bubblewrap, landlock: layers.landlockAbi > 0, root: isRoot };
}

/** The probes whose way into the kernel this machine does not have: taking away the wall before it can show nothing. */
export async function findClosedDoors(stage: Stage): Promise<ReadonlySet<string>> {
  const probes = allProbes.filter(({ door }) => door !== undefined);
  const bare = await tryBare(
    stage,
    probes.map(({ id }) => id),
  );
  return new Set(probes.filter((probe) => !hasDoor(probe, bare)).map(({ id }) => id));
}
