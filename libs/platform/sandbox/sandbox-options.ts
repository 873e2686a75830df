import type { SandboxEnvironment } from '@lib/contract';

/** Where the runtime is and how hard the bounds are. Everything but `runtimeDirectory` has a default. Units: ms, MiB. */
export type LocalSandboxOptions = {
  /** What the build made: `launch`, `runner.mjs`, `runtime.json` and the rest. */
  readonly runtimeDirectory: string;
  /** Imported advisories, which stand in for those of the build. */
  readonly advisoriesDirectory?: string;
  readonly nodePath?: string;
  /** Where to stage for another user, in order of preference. */
  readonly stageInto?: readonly string[];
  readonly killGraceMs?: number;
  readonly heapMib?: number;
  /** Memory of one run, page cache included. Units: bytes. By default as much as it has addresses. */
  readonly memoryBytesMax?: number;
  /** Where this runs, which says what must stand. A machine of one's own unless it is said. */
  readonly environment?: SandboxEnvironment;
  /** `off` leaves a wall out, to test that the others hold or that the run is refused. */
  readonly bubblewrap?: 'auto' | 'off';
  readonly landlock?: 'auto' | 'off';
  readonly cgroup?: 'auto' | 'off';
};
