import type { Outcome } from './probe.ts';
import type { ListRun } from './run-lists.ts';

/** What became of one id in a process of its own: what it said, or how the process ended. */
export function runOutcome({ said, result }: ListRun, id: string): Outcome {
  const told = said.find(([name]) => name === id)?.[1];
  if (told !== undefined) return told;
  if (!result.ok)
    return result.error.code === 'sandbox.layers_missing' ? `refused: ${result.error.missing.join('; ')}` : result.error.missing.join('; ');
  const { ending, detail } = result.value;
  return ending === 'escape_attempt' ? 'SIGSYS' : `${ending}: ${detail}`;
}
