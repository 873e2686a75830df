import { spawn } from 'node:child_process';
import { chownSync, mkdtempSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isRoot, ordinaryUid, scratchOf, supervisorFacts, treeWith, type Stage } from './open-stage.ts';
import type { Outcome } from './probe.ts';

const deathsMax = 20; // more than this is a control run gone wrong

/**
 * The control run: the same probes as an ordinary user with no wall at all. Whoever ends the process has the signal as its outcome, and the
 * rest is tried without it.
 */
export async function tryBare(stage: Stage, ids: readonly string[]): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  let rest = ids;
  for (let deaths = 0; rest.length > 0 && deaths <= deathsMax; deaths++) {
    const { said, ending } = await runBare(stage, rest);
    for (const [id, outcome] of said) outcomes.set(id, outcome);
    const [culprit, ...after] = rest.filter((id) => !outcomes.has(id));
    if (culprit === undefined) break;
    outcomes.set(culprit, ending);
    rest = after;
  }
  return outcomes;
}

type BareRun = { readonly said: ReadonlyMap<string, Outcome>; readonly ending: Outcome };

async function runBare(stage: Stage, ids: readonly string[]): Promise<BareRun> {
  const said = new Map<string, Outcome>();
  const folder = mkdtempSync(join(stage.folder, 'bare-'));
  const tree = treeWith(stage, { phase: 'bare', ids }, { supervisorPid: process.pid, asRoot: false });
  const list = join(folder, 'list.json');
  writeFileSync(
    list,
    JSON.stringify({
      phase: 'bare',
      ids,
      targets: {
        ...stage.targets,
        ...supervisorFacts(process.pid),
        scratch: scratchOf(stage.folder),
        fill: scratchOf(stage.folder),
        tree,
        supervisorPid: 0,
      },
    }),
  );
  if (isRoot) for (const path of [folder, list, tree]) chownSync(path, ordinaryUid, ordinaryUid);
  // a shell that stays is a parent and a supervisor of the same user, for the probes that reach for it
  const command = `sed -i "s/\\"supervisorPid\\":0/\\"supervisorPid\\":$$/" "${list}"; "${stage.node}" "${join(stage.folder, 'probe-control.mjs')}" "${list}" "${stage.prober}"; echo "[\\"\\",\\"$?\\"]"`;
  const child = spawn('/bin/sh', ['-c', command], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { AEGIS_CANARY: 'seen', PATH: '/usr/bin:/bin' },
    cwd: '/',
    detached: true,
    ...(isRoot ? { uid: ordinaryUid, gid: ordinaryUid } : {}),
  });
  let ending: Outcome = 'the shell ended';
  for await (const line of createInterface({ input: child.stdout })) {
    const [id, outcome] = JSON.parse(line) as [string, Outcome];
    if (id === '') ending = endingOf(Number(outcome));
    else said.set(id, outcome);
  }
  return { said, ending };
}

// A shell says 128 and the number of the signal.
function endingOf(status: number): Outcome {
  const [name] = Object.entries(constants.signals).find(([, number]) => number === status - 128) ?? [];
  return name ?? `ended with ${String(status)}`;
}
