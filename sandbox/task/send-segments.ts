import { createHash } from 'node:crypto';
import { limits, type SegmentHeader, type TaskEnding } from '@lib/contract';
import { Fault } from '@lib/kernel';
import type { Grants } from './follow-grants.ts';
import type { Transfer } from './transfer.ts';

/** Sends lines as numbered segments. */
export type SegmentSender = {
  /** Takes a line; its promise is pending while what was said before waits for its reader. */
  readonly say: (line: string) => Promise<void>;
  /** Sends what is left, with how it ended, as the last segment. */
  readonly end: (ending: TaskEnding) => Promise<void>;
  /** Rejects once sending has failed for good. */
  readonly failed: Promise<never>;
};

/** Whose segments, and where they go. */
export type Sending = { readonly run: string; readonly grants: Grants; readonly transfer: Transfer };

/**
 * Opens a sender: the first, empty segment says that the task lives. Lines are sent when enough are there or the first of them is old, and
 * an empty segment when nothing was said for long. Segments go one after the other.
 * Errors: Fault `task.no_grant` when nobody grants a place any more, `task.transfer_failed`.
 */
export function sendSegments(to: Sending): SegmentSender {
  let lines: string[] = [];
  let waitingBytes = 0;
  let index = 0;
  let sent: Promise<void> = Promise.resolve();
  let sending = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined); // whoever sends hears of it as well
  const flush = (ending?: TaskEnding): Promise<void> => {
    const segment = { index, payload: Buffer.from(lines.join(''), 'utf8'), ending };
    index += 1;
    lines = [];
    waitingBytes = 0;
    sending += 1;
    sent = sent.then(() => sendOne(to, segment)).finally(() => (sending -= 1));
    sent.catch(fail);
    arm(limits.taskBeatMs);
    return sent;
  };
  // What was said while a segment is under way goes with the next one, when that has arrived.
  const arm = (ms: number): void => {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(() => (sending > 0 ? arm(ms) : void flush()), ms);
  };
  void flush();
  return {
    failed,
    say: async (line) => {
      if (lines.length === 0) arm(limits.taskSegmentFlushMs);
      lines.push(`${line}\n`);
      waitingBytes += Buffer.byteLength(line) + 1;
      if (waitingBytes >= limits.taskSegmentFlushBytes) await flush();
    },
    end: (ending) => {
      closed = true;
      return flush(ending);
    },
  };
}

type Segment = { readonly index: number; readonly payload: Uint8Array; readonly ending: TaskEnding | undefined };

async function sendOne({ run, grants, transfer }: Sending, { index, payload, ending }: Segment): Promise<void> {
  const header: SegmentHeader = {
    v: 1,
    run,
    index,
    bytes: payload.byteLength,
    sha256: createHash('sha256').update(payload).digest('hex'),
    ...(ending === undefined ? {} : { ending }),
  };
  const bytes = Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`, 'utf8'), payload]);
  for (let tried = 0; tried < limits.taskRequestAttemptsMax; tried++) {
    const url = await grants.urlFor(index);
    if (url === undefined) break;
    if (await transfer.write(url, bytes)) return;
    grants.refused();
  }
  throw new Fault('task.no_grant', { internal: `nobody grants a place for segment ${String(index)}` });
}
