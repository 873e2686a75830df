import { performance } from 'node:perf_hooks';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { limits, taskExits, taskOrderSchema, type TaskEnding, type TaskOrder } from '@lib/contract';
import { Fault } from '@lib/kernel';
import type { Sandbox } from '@lib/platform/sandbox';
import { followGrants } from './follow-grants.ts';
import { receiveTree } from './receive-tree.ts';
import { sendSegments, type SegmentSender } from './send-segments.ts';
import type { TaskSettings } from './task-settings.ts';
import { httpTransfer, type Transfer } from './transfer.ts';

/** One task. `signal` is the wish of the one who started it that it should end: what was found is sent before. */
export type TaskRun = { readonly settings: TaskSettings; readonly sandbox: Sandbox; readonly signal: AbortSignal };

/**
 * The life of a task: fetch the order and the tree by their URLs, analyse behind the walls, send what is said in segments, and how it ended.
 * Answers the exit code (`taskExits`). Nothing is printed: a log of a task is not a place for content.
 */
export async function runTask({ settings, sandbox, signal }: TaskRun): Promise<number> {
  const never = new AbortController();
  const transfer = httpTransfer(never.signal);
  const order = await readOrder(transfer, settings.orderUrl);
  if (order === undefined) return taskExits.gaveUp;
  const grants = followGrants({ transfer, first: order.grant, nowMs: () => performance.now(), pause: (ms) => pause(ms) });
  const sender = sendSegments({ run: order.run, grants, transfer });
  try {
    const ending = await Promise.race([analyze({ order, settings, sandbox, sender, signal }), sender.failed]);
    await sender.end(ending);
    return exitOf(ending);
  } catch (error) {
    if (error instanceof Fault && error.code.startsWith('task.')) return taskExits.gaveUp; // there is nobody to tell
    throw error;
  } finally {
    never.abort(); // waits that nobody waits for any more
  }
}

async function readOrder(transfer: Transfer, url: string): Promise<TaskOrder | undefined> {
  const bytes = await transfer.read(url, limits.taskSegmentBytesMax).catch(() => undefined);
  if (bytes === undefined) return undefined;
  try {
    return taskOrderSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return undefined;
  }
}

type Analysis = TaskRun & { readonly order: TaskOrder; readonly sender: SegmentSender };

async function analyze({ order, settings, sandbox, sender, signal }: Analysis): Promise<TaskEnding> {
  const treeDirectory = join(settings.workDirectory, `tree-${order.run}`);
  const failure = await fetchTree(order, treeDirectory, signal);
  if (failure !== undefined) return failure;
  const analyzers = order.analyzers;
  const ran = await sandbox
    .run({ treeDirectory, analyzers, wallMs: order.wallMs, signal }, (message) => sender.say(JSON.stringify(message)))
    .catch((error: unknown) => {
      if (error instanceof Fault && error.code.startsWith('sandbox.')) return error;
      throw error;
    });
  if (ran instanceof Fault) return { kind: 'failed', failure: 'sandbox_failed', detail: ran.message.slice(0, limits.noteCharsMax) };
  if (!ran.ok) return { kind: 'refused', missing: ran.error.missing.map((text) => text.slice(0, 200)) };
  const { ending, detail, stderrBytes } = ran.value;
  return { kind: 'ended', ending, detail: detail.slice(0, limits.noteCharsMax), stderrBytes };
}

async function fetchTree(order: TaskOrder, directory: string, signal: AbortSignal): Promise<TaskEnding | undefined> {
  const { url, bytes, manifestSha256 } = order.tree;
  try {
    const source = await httpTransfer(signal).open(url);
    if (source === undefined) return { kind: 'failed', failure: 'tree_unavailable', detail: 'not there' };
    const received = await receiveTree({ source, bytes, manifestSha256, directory });
    return received.ok ? undefined : { kind: 'failed', failure: 'tree_altered', detail: received.error.detail };
  } catch (error) {
    if (signal.aborted) return { kind: 'ended', ending: 'cancelled', detail: 'before the analysis began', stderrBytes: 0 };
    const detail = error instanceof Error ? error.message.slice(0, limits.noteCharsMax) : 'failed';
    return { kind: 'failed', failure: 'tree_unavailable', detail };
  }
}

function exitOf(ending: TaskEnding): number {
  if (ending.kind === 'refused') return taskExits.refused;
  if (ending.kind === 'ended' && ending.ending === 'escape_attempt') return taskExits.escapeAttempt;
  return taskExits.reported;
}
