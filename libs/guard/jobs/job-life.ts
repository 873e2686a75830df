import type { JobState } from '@lib/contract';

/** What can happen to a job. `take over`: another worker looks after a job whose worker is gone; the row stays as it is. */
export const jobMoves = {
  handOver: { from: ['pending'], to: 'queued' },
  start: { from: ['queued'], to: 'running' },
  complete: { from: ['running'], to: 'done' },
  retry: { from: ['running'], to: 'pending' },
  bury: { from: ['running'], to: 'dead' },
  cancel: { from: ['pending', 'queued', 'running'], to: 'cancelled' },
} as const satisfies Readonly<Record<string, { readonly from: readonly JobState[]; readonly to: JobState }>>;

export type JobMove = keyof typeof jobMoves;

/** The state after a move, or undefined when the move is not open from here. An end state is never left. */
export function moveJob(state: JobState, move: JobMove): JobState | undefined {
  const { from, to }: { from: readonly JobState[]; to: JobState } = jobMoves[move];
  return from.includes(state) ? to : undefined;
}

/** A job in one of these has ended. */
export const endStates: readonly JobState[] = ['done', 'dead', 'cancelled'];
