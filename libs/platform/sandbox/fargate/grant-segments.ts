import { limits, type AnalyzerName, type TaskGrant, type TaskOrder } from '@lib/contract';
import type { PackedTree } from './pack-tree.ts';
import type { TransferStore } from './transfer-store.ts';

/** Names of the objects of an attempt. */
export const objectNames = {
  order: 'order',
  tree: 'tree',
  grant: (index: number): string => `grants/${String(index).padStart(6, '0')}`,
  segment: (index: number): string => `segments/${String(index).padStart(6, '0')}`,
} as const;

/** What is ordered. `nowMs` never goes back. */
export type Ordering = {
  readonly store: TransferStore;
  readonly run: string;
  readonly analyzers: readonly AnalyzerName[];
  readonly wallMs: number;
  readonly tree: PackedTree;
  readonly nowMs: () => number;
};

/** Keeps an order and its grants fresh. */
export type GrantKeeper = {
  /**
   * Sees to it that the task can go on: URLs that will live, and room after `next`, the segment that is to be read next. Until the task has
   * shown a sign of life the order itself is renewed.
   */
  readonly keep: (next: number) => Promise<void>;
};

/** Writes the order with its first grant; later grants are written as segments are read. Errors: Fault `sandbox.transfer_failed`. */
export async function grantSegments(ordering: Ordering): Promise<GrantKeeper> {
  let index = 0;
  let sinceMs = ordering.nowMs();
  let upTo = limits.taskSegmentsAhead;
  await writeOrder(ordering);
  const isOld = (): boolean => ordering.nowMs() - sinceMs >= limits.taskGrantRenewMs;
  return {
    keep: async (next) => {
      if (next === 0) {
        if (!isOld()) return;
        await writeOrder(ordering);
      } else if (isOld() || upTo - next <= limits.taskSegmentsAhead / 2) {
        index += 1;
        upTo = next + limits.taskSegmentsAhead;
        const grant = await grantOf(ordering, index, next);
        await ordering.store.put(objectNames.grant(index), encode(grant));
      } else return;
      sinceMs = ordering.nowMs();
    },
  };
}

async function writeOrder(ordering: Ordering): Promise<void> {
  const { store, run, analyzers, wallMs, tree } = ordering;
  const order: TaskOrder = {
    v: 1,
    run,
    analyzers: [...analyzers],
    wallMs,
    tree: {
      url: await store.urlToRead(objectNames.tree, limits.taskGrantValidMs),
      bytes: tree.bytes,
      manifestSha256: tree.manifestSha256,
    },
    grant: await grantOf(ordering, 0, 0),
  };
  await store.put(objectNames.order, encode(order));
}

async function grantOf({ store, run }: Ordering, index: number, from: number): Promise<TaskGrant> {
  const validMs = limits.taskGrantValidMs;
  const segments: TaskGrant['segments'] = [];
  for (let segment = from; segment < from + limits.taskSegmentsAhead && segment <= limits.taskSegmentsMax; segment++) {
    segments.push({ index: segment, url: await store.urlToCreate(objectNames.segment(segment), validMs) });
  }
  return { v: 1, run, index, validMs, segments, next: await store.urlToRead(objectNames.grant(index + 1), validMs) };
}

function encode(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value), 'utf8');
}
