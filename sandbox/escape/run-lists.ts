import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { LocalSandboxOptions, SandboxOutcome } from '@lib/platform/sandbox';
import { isRoot, ordinaryUid, treeWith, type Stage } from './open-stage.ts';
import type { Outcome } from './probe.ts';
import type { ProbeList } from './run-list.ts';
import type { SupervisePlan } from './supervise-as.ts';

/** Who supervises, and which walls are left out. */
export type Host = {
  readonly user: 'root' | 'ordinary';
  readonly bubblewrap: 'auto' | 'off';
  readonly landlock: 'auto' | 'off';
  /** Another supervisor and another runtime than the stage's: those of a mutant. */
  readonly supervisor?: string;
  readonly runtimeDirectory?: string;
  /** Wall clock of each run, and how long to wait for the supervisor before it is killed. */
  readonly wallMs?: number;
  readonly patienceMs?: number;
};

/** How one process went. */
export type ListRun = {
  readonly said: readonly (readonly [id: string, outcome: Outcome])[];
  /** How the processes of this supervisor ended so far: exit codes and signals. */
  readonly exits: readonly (number | string | null)[];
  readonly result:
    | { readonly ok: true; readonly value: SandboxOutcome }
    | { readonly ok: false; readonly error: { readonly code: string; readonly missing: readonly string[] } };
};

type List = Pick<ProbeList, 'phase' | 'ids'>;
type Line = ListRun & { readonly treeDirectory: string };

const atOnce = 2; // as many as a small machine has cores
const wallMsDefault = 40_000;
const patienceMsDefault = 900_000;
let plans = 0;

/** Starts a supervisor that runs each list in a sandbox of its own. */
export function startLists(
  stage: Stage,
  host: Host,
  lists: readonly List[],
): { readonly child: ChildProcessByStdio<Writable, Readable, null>; readonly trees: readonly string[] } {
  const gate = join(stage.folder, `plan-${String((plans += 1))}.json`);
  const child = spawn(stage.node, [join(stage.folder, host.supervisor ?? 'supervise-as.mjs'), gate], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { AEGIS_CANARY: 'must not be seen inside' },
    cwd: '/',
    ...(isRoot && host.user === 'ordinary' ? { uid: ordinaryUid, gid: ordinaryUid } : {}),
  });
  const trees = lists.map((list) => treeWith(stage, list, { supervisorPid: child.pid ?? 0, asRoot: host.user === 'root' }));
  const options: LocalSandboxOptions = {
    runtimeDirectory: host.runtimeDirectory ?? stage.runtimeDirectory,
    nodePath: stage.node,
    stageInto: [join(stage.folder, 'staged')],
    killGraceMs: 500,
    bubblewrap: host.bubblewrap,
    landlock: host.landlock,
  };
  const plan: SupervisePlan = { options, atOnce, wallMs: host.wallMs ?? wallMsDefault, trees, prober: stage.prober };
  writeFileSync(gate, JSON.stringify(plan));
  child.stdin.end('go\n'); // the trees name its pid, so they come after it
  return { child, trees };
}

/** Runs each list in a sandbox of its own, below one supervisor; the answers are in the order of the lists. */
export async function runLists(stage: Stage, host: Host, lists: readonly List[]): Promise<readonly ListRun[]> {
  const { child, trees } = startLists(stage, host, lists);
  const tired = setTimeout(() => child.kill('SIGKILL'), host.patienceMs ?? patienceMsDefault);
  const runs = new Map<string, ListRun>();
  for await (const line of createInterface({ input: child.stdout })) {
    const { treeDirectory, ...run } = JSON.parse(line) as Line;
    runs.set(treeDirectory, run);
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  clearTimeout(tired);
  for (const tree of trees) rmSync(tree, { recursive: true, force: true });
  return trees.map((tree) => runs.get(tree) ?? ended);
}

const ended: ListRun = { said: [], exits: [], result: { ok: false, error: { code: 'fault', missing: ['the supervisor ended'] } } };
