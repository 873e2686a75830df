import { taskGrantSchema, limits, type TaskGrant } from '@lib/contract';
import type { Transfer } from './transfer.ts';

/** Where the segments may be written. */
export type Grants = {
  /** A URL for this segment; undefined when nobody has granted one within the life of the last grant. */
  readonly urlFor: (index: number) => Promise<string | undefined>;
  /** Says that a URL was refused: nothing of that grant is used again. */
  readonly refused: () => void;
};

/** What following the grants takes. `nowMs` never goes back. */
export type GrantFollowing = {
  readonly transfer: Transfer;
  readonly first: TaskGrant;
  readonly nowMs: () => number;
  readonly pause: (ms: number) => Promise<unknown>;
};

/**
 * Follows the chain of grants: each says where the next will lie. Whoever ordered the task grants more as it reads, so a task never runs far
 * ahead of its reader, and a task whose reader is gone learns of it: no grant comes any more.
 */
export function followGrants({ transfer, first, nowMs, pause }: GrantFollowing): Grants {
  let held = { grant: first, sinceMs: nowMs() };
  const age = (): number => nowMs() - held.sinceMs;
  const advance = async (): Promise<boolean> => {
    const bytes = await transfer.read(held.grant.next, limits.taskSegmentBytesMax);
    const grant = bytes === undefined ? undefined : parseGrant(bytes);
    if (grant?.run !== first.run || grant.index !== held.grant.index + 1) return false;
    held = { grant, sinceMs: nowMs() };
    refused = false;
    return true;
  };
  let refused = false;
  const granted = (index: number): string | undefined =>
    refused ? undefined : held.grant.segments.find((segment) => segment.index === index)?.url;
  return {
    refused: () => {
      refused = true;
    },
    urlFor: async (index) => {
      if (age() >= limits.taskGrantRenewMs) await advance();
      while (granted(index) === undefined || age() >= held.grant.validMs) {
        if (await advance()) continue;
        if (age() >= held.grant.validMs) return undefined;
        await pause(limits.taskPollMs);
      }
      return granted(index);
    },
  };
}

function parseGrant(bytes: Uint8Array): TaskGrant | undefined {
  try {
    return taskGrantSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return undefined;
  }
}
