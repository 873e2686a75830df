import type { IsolationResult, ProbeTried } from '@lib/contract';
import { visibleText } from '../terminal/visible-text.ts';

const words = { held: 'held    ', breached: 'BREACHED', 'not-run': 'not run ' } as const;

/** One line a probe. */
export function renderProbe({ id, what, outcome, answer }: ProbeTried): string {
  return `${words[outcome]}  ${visibleText(id.padEnd(18))} ${visibleText(what)} (${visibleText(answer)})\n`;
}

/** A signed result as a person reads it. */
export function renderResult(result: IsolationResult): string {
  const { tenant, decoy, product, startedAt, probes, held, breached, notRun } = result;
  return [
    `tenant    ${tenant}\n`,
    `decoy     ${decoy.tenant}, ${String(decoy.rows)} rows that are there to be found\n`,
    `run       ${startedAt}, Aegis ${visibleText(product)}\n`,
    ...probes.map(renderProbe),
    `${String(held)} held, ${String(breached)} breached, ${String(notRun)} not run\n`,
  ].join('');
}
