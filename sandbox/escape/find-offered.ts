import type { Offered } from './combinations.ts';
import { isRoot, type Stage } from './open-stage.ts';
import { runLists } from './run-lists.ts';

/** Asks the sandbox itself which file walls stand on this machine, for the user with the fewest rights. */
export async function findOffered(stage: Stage): Promise<Offered> {
  const [run] = await runLists(stage, { user: 'ordinary', bubblewrap: 'auto', landlock: 'auto' }, [
    { phase: 'locked', ids: ['surroundings/user'] },
  ]);
  if (run?.result.ok !== true) return { bubblewrap: false, landlock: false, root: isRoot };
  const { layers } = run.result.value;
  return { bubblewrap: layers.bubblewrap, landlock: layers.landlockAbi > 0, root: isRoot };
}
