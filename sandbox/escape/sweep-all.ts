import { allProbes } from './all-probes.ts';
import { columns, type CallTable, type Column } from './call-table.ts';
import { callNumber } from './call-numbers.ts';
import type { Stage } from './open-stage.ts';
import type { Outcome } from './probe.ts';
import { sweepId, sweepOutcome, sweepProbe, sweptNumbers } from './sweep.ts';
import { tryAll } from './try-all.ts';

/** Makes the table of calls from what the kernel does, behind the walls of this machine. For review, never for a check. */
export async function sweepAll(stage: Stage, bare: ReadonlyMap<string, Outcome>): Promise<CallTable> {
  const table = new Map<number, Record<Column, string>>();
  const deadly = new Set(
    allProbes
      .filter((probe) => probe.locked === 'SIGSYS' && !probe.id.startsWith('entry/') && !probe.id.startsWith('unknown/'))
      .map((probe) => sweepId(callNumber(probe.id.split('/')[1] ?? ''))),
  );
  for (const column of columns) {
    const numbers = sweptNumbers.filter((number) => sweepProbe(number, column !== 'early') !== undefined);
    const tried = await tryAll(
      stage,
      { user: 'ordinary', bubblewrap: 'auto', landlock: 'auto' },
      { phase: column, ids: numbers.map(sweepId), deadly },
    );
    for (const number of numbers) {
      const raw = tried.outcomes.get(sweepId(number)) ?? 'not tried';
      const letThrough = column === 'early' && raw === bare.get(sweepId(number));
      const row = table.get(number) ?? { early: 'allowed', locked: 'allowed', filling: 'allowed' };
      table.set(number, { ...row, [column]: letThrough ? 'allowed' : sweepOutcome(raw) });
    }
  }
  return table;
}
