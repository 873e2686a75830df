import { spawn } from 'node:child_process';
import { chownSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isRoot, ordinaryUid, scratchOf, supervisorFacts, treeWith, type Stage } from './open-stage.ts';
import type { Outcome } from './probe.ts';

/** The control run: the same probes as an ordinary user with no wall at all. Whoever ends the process ends the list. */
export async function tryBare(stage: Stage, ids: readonly string[]): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
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
  const command = `sed -i "s/\\"supervisorPid\\":0/\\"supervisorPid\\":$$/" "${list}"; "${stage.node}" "${join(stage.folder, 'probe-control.mjs')}" "${list}" "${stage.prober}"; true`;
  const child = spawn('/bin/sh', ['-c', command], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { AEGIS_CANARY: 'seen', PATH: '/usr/bin:/bin' },
    cwd: '/',
    detached: true,
    ...(isRoot ? { uid: ordinaryUid, gid: ordinaryUid } : {}),
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [id, outcome] = JSON.parse(line) as [string, Outcome];
    outcomes.set(id, outcome);
  }
  return outcomes;
}
