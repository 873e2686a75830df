import { missingLayers, type LayerName, type SandboxEnvironment, type SandboxLayers, type SandboxOrder } from '@lib/contract';

/** What the supervisor itself knows to stand around a run, beside what the program finds. */
export type StandingWalls = { readonly environment: SandboxEnvironment; readonly bubblewrap: boolean; readonly cgroup: boolean };

/** The layers of record, and what they lack of the least that must stand. */
export type JudgedLock = { readonly layers: SandboxLayers; readonly missing: readonly LayerName[] };

/**
 * Joins what a program says of its walls with what the supervisor put up, and judges it again: the program has judged itself before it
 * read anything, and a second look costs nothing. Pure.
 */
export function judgeLock(found: SandboxLayers, walls: StandingWalls, program: SandboxOrder['program']): JudgedLock {
  const layers = { ...found, bubblewrap: found.bubblewrap && walls.bubblewrap, cgroup: walls.cgroup };
  return { layers, missing: missingLayers(layers, walls.environment, program) };
}
