import type { SandboxEnding } from '@lib/contract';
import { constants } from 'node:os';
import { taskExits } from '@lib/contract';
import { err, Fault, ok, type Result } from '@lib/kernel';
import type { SandboxRefusal } from '../sandbox.ts';
import type { Followed, StopReason } from './follow-task.ts';

/** How an analysis ended, as far as that is known from outside. */
export type JudgedTask = { readonly ending: SandboxEnding; readonly detail: string; readonly stderrBytes: number };

const signalled = 128;

/**
 * Says how a task ended. An attempt to escape outweighs whatever else was going on; after that, what did not keep the protocol; after that,
 * why we stopped it; after that, what it said itself; and last what the service says of a task that said nothing. Pure but for the Fault.
 * Errors: `sandbox.layers_missing`. Fault `sandbox.start_failed`, `sandbox.start_timed_out`, `sandbox.task_taken`, `sandbox.task_lost`,
 * `sandbox.transfer_failed` when it was not the analysis that ended: another try may go well.
 */
export function judgeTask(followed: Followed, hasEnded: boolean): Result<JudgedTask, SandboxRefusal> {
  const { ending, broken, stopReason } = followed;
  if (triedToEscape(followed)) return ended('escape_attempt', 'SIGSYS');
  const missing = followed.refused ?? (ending?.kind === 'refused' ? ending.missing : undefined);
  if (missing !== undefined) return err({ code: 'sandbox.layers_missing', missing });
  if (broken !== undefined) return ended('protocol_error', broken);
  if (stopReason !== undefined) return ourWords(stopReason, followed.started);
  return ending === undefined || ending.kind === 'refused' ? serviceWords(followed.stopped) : ownWords(ending, hasEnded);
}

function ourWords(reason: StopReason, started: boolean): Result<JudgedTask, never> {
  if (reason === 'timed_out' && !started) throw startFault('sandbox.start_timed_out', 'no sign of life of the task');
  return ended(reason, 'stopped');
}

function triedToEscape({ ending, stopped }: Followed): boolean {
  if (ending?.kind === 'ended' && ending.ending === 'escape_attempt') return true;
  return typeof stopped === 'object' && stopped.exitCode === taskExits.escapeAttempt;
}

const failureCodes = {
  tree_unavailable: 'sandbox.transfer_failed',
  tree_altered: 'sandbox.transfer_failed',
  sandbox_failed: 'sandbox.start_failed',
} as const;

type OwnEnding = Exclude<NonNullable<Followed['ending']>, { readonly kind: 'refused' }>;

function ownWords(own: OwnEnding, hasEnded: boolean): Result<JudgedTask, never> {
  if (own.kind === 'failed') throw startFault(failureCodes[own.failure], `the task could not work: ${own.failure}: ${own.detail}`);
  const { ending, detail, stderrBytes } = own;
  // nobody of us asked it to stop: the service takes a machine back
  if (ending === 'cancelled') throw startFault('sandbox.task_taken', 'the task was told to stop, and not by us');
  if (ending === 'finished' && !hasEnded) return ended('protocol_error', 'finished without an end', stderrBytes);
  return ended(ending, detail, stderrBytes);
}

function serviceWords(stopped: Followed['stopped']): Result<JudgedTask, SandboxRefusal> {
  if (stopped === undefined || stopped === 'lost') throw startFault('sandbox.task_lost', 'the service does not know the task any more');
  const { exitCode, stopCode, reason, ranOutOfMemory } = stopped;
  if (stopCode === 'TaskFailedToStart') throw startFault('sandbox.start_failed', reason);
  if (stopCode === 'SpotInterruption' || stopCode === 'TerminationNotice') throw startFault('sandbox.task_taken', reason);
  if (ranOutOfMemory) return ended('crashed', 'more memory than it may have');
  if (exitCode === undefined) throw startFault('sandbox.task_lost', reason);
  if (exitCode === taskExits.refused)
    return err({ code: 'sandbox.layers_missing', missing: ['the task refused to start and did not say why'] });
  if (exitCode === taskExits.gaveUp) throw startFault('sandbox.transfer_failed', 'the task could not fetch or send');
  if (exitCode === taskExits.reported) return ended('protocol_error', 'no word of its end');
  return ended('crashed', exitWord(exitCode));
}

function exitWord(exitCode: number): string {
  const name = Object.entries(constants.signals).find(([, number]) => number === exitCode - signalled)?.[0];
  return name ?? `exit code ${String(exitCode)}`;
}

function ended(ending: SandboxEnding, detail: string, stderrBytes = 0): Result<JudgedTask, never> {
  return ok({ ending, detail, stderrBytes });
}

function startFault(code: string, internal: string): Fault {
  return new Fault(code, { internal, public: 'the analysis could not be run; it will be tried again' });
}
