import { writeLine } from '../run/write-line.ts';
import { actOut } from './act-out.ts';
import { allProbes } from './all-probes.ts';
import { openKit, openProber, outcomeOf } from './open-kit.ts';
import type { Probe, Targets } from './probe.ts';
import { stillWorks } from './still-works.ts';
import { sweepProbe } from './sweep.ts';

/** What one process is to try, in this order. */
export type ProbeList = {
  readonly phase: 'locked' | 'early' | 'filling' | 'bare';
  readonly ids: readonly string[];
  readonly targets: Targets;
};

/** Runs a list and tells each outcome at once: whoever dies in the middle has told all before. */
export async function runList(list: ProbeList, proberPath: string | ReturnType<typeof openProber>, tell = tellLine): Promise<void> {
  const prober = typeof proberPath === 'string' ? openProber(proberPath) : proberPath;
  const kit = openKit(prober, list.targets);
  const known = new Map<string, Pick<Probe, 'attempt'>>(allProbes.map((probe) => [probe.id, probe]));
  for (const id of list.ids) {
    if (id === 'still works') {
      for (const [name, outcome] of Object.entries(await stillWorks(list.targets.tree))) tell(name, outcome);
      tell(id, 'ok');
      continue;
    }
    const ended = await actOut(id);
    if (ended !== undefined) {
      tell(id, ended);
      continue;
    }
    const probe = known.get(id) ?? sweepProbe(Number(id.replace('call/', '')), true);
    if (probe !== undefined) tell(id, await outcomeOf(probe, kit));
  }
}

function tellLine(path: string, detail: string): void {
  writeLine(JSON.stringify({ type: 'coverage', entry: { path, reason: 'unreadable', detail } }));
}
