import type { SandboxLayers } from './coverage.ts';
import type { SandboxEnvironment } from './sandbox-environment.ts';
import type { SandboxOrder } from './sandbox-plan.ts';

/** Every layer that may be required, in the words that people read when it is missing. */
const layerTests = {
  'native launcher': (layers) => layers.launcher === 'native',
  no_new_privs: (layers) => layers.noNewPrivileges,
  'seccomp stage 1': (layers) => layers.seccompStage1,
  'seccomp stage 2': (layers) => layers.seccompStage2,
  'unprivileged user': (layers) => layers.unprivilegedUser,
  'Landlock (Linux 5.13 or later) or bubblewrap': (layers) => layers.landlockAbi > 0 || layers.bubblewrap,
  'Landlock (Linux 5.13 or later)': (layers) => layers.landlockAbi > 0,
} as const satisfies Readonly<Record<string, (layers: SandboxLayers) => boolean>>;
export type LayerName = keyof typeof layerTests;

const everywhere: readonly LayerName[] = ['native launcher', 'no_new_privs', 'seccomp stage 1', 'seccomp stage 2', 'unprivileged user'];

/**
 * The least that must stand, by environment and program. A program that writes always needs a wall which knows folders; one that only
 * reads may do without where nothing else of value is in reach, because stage 2 lets it open nothing for writing.
 */
export const requiredLayers: Readonly<Record<SandboxEnvironment, Readonly<Record<SandboxOrder['program'], readonly LayerName[]>>>> = {
  local: {
    runner: [...everywhere, 'Landlock (Linux 5.13 or later) or bubblewrap'],
    unpacker: [...everywhere, 'Landlock (Linux 5.13 or later) or bubblewrap'],
  },
  container: {
    runner: [...everywhere, 'Landlock (Linux 5.13 or later)'],
    unpacker: [...everywhere, 'Landlock (Linux 5.13 or later)'],
  },
  fargate: {
    runner: everywhere,
    unpacker: [...everywhere, 'Landlock (Linux 5.13 or later)'],
  },
};

/** What is missing of the least that must stand; empty: work may begin. Pure. */
export function missingLayers(layers: SandboxLayers, where: SandboxEnvironment, program: SandboxOrder['program']): readonly LayerName[] {
  return requiredLayers[where][program].filter((name) => !layerTests[name](layers));
}
