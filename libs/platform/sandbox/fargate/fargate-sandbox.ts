import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { limits, type SandboxMessage } from '@lib/contract';
import { err, Fault, ok, present, type Result } from '@lib/kernel';
import type { Log } from '@lib/platform/telemetry';
import { collectMessages } from '../collect-messages.ts';
import { noLayers, type Sandbox, type SandboxOutcome, type SandboxRefusal, type SandboxRequest, type ScanOwner } from '../sandbox.ts';
import { missingTaskWalls } from './check-task-walls.ts';
import { followTask, type Followed, type TaskTiming } from './follow-task.ts';
import { grantSegments, objectNames } from './grant-segments.ts';
import { judgeTask } from './judge-task.ts';
import { packTree } from './pack-tree.ts';
import { placeTask, type TaskPlace } from './place-task.ts';
import { openTaskCluster, type TaskCluster, type TaskClusterOptions } from './task-cluster.ts';
import { openTransferStore, type TransferBucket, type TransferStore } from './transfer-store.ts';

/** Where tasks run and where trees and results pass through. */
export type FargateSandboxOptions = {
  readonly service: TaskClusterOptions;
  readonly place: TaskPlace;
  readonly transfer: TransferBucket;
  readonly log: Log;
  /** For tests: how often it looks, how long it waits, and a clock that never goes back. Units: ms. */
  readonly timing?: Partial<TaskTiming & { readonly placePauseMs: number; readonly nowMs: () => number }>;
};

const defaultTiming = {
  pollMs: limits.taskPollMs,
  describeMs: limits.taskDescribeMs,
  startMsMax: limits.taskStartMsMax,
  stopDrainMs: limits.taskStopDrainMs,
  cancelDrainMs: limits.taskCancelDrainMs,
  placePauseMs: limits.taskPlacePauseMs,
  nowMs: (): number => performance.now(),
};

/**
 * The sandbox on AWS Fargate: one task a scan, from a definition that is the outer wall, which is looked at before the first use. The tree goes
 * in and the messages come out through a transfer bucket, by URLs that live for minutes; the task itself may do nothing in the account. It
 * is stopped on every end, and ends itself when nobody reads any more.
 * Errors: `sandbox.layers_missing`. Faults of `service-fault.ts` and `judge-task.ts`; whatever `onMessage` throws.
 */
export function fargateSandbox(options: FargateSandboxOptions): Sandbox {
  const service = openTaskCluster(options.service);
  let walls: Promise<readonly string[]> | undefined;
  return {
    run: async (request, onMessage) => {
      walls ??= missingWalls(service, options.place.taskDefinition);
      const missing = await walls.catch((error: unknown) => {
        walls = undefined; // the service may answer at the next run
        throw error;
      });
      if (missing.length > 0) {
        walls = undefined;
        return err({ code: 'sandbox.layers_missing', missing: missing.map((name) => `task definition: ${name}`) });
      }
      return runOnce({ options, service, request, onMessage, run: randomUUID() });
    },
  };
}

async function missingWalls(service: TaskCluster, name: string): Promise<readonly string[]> {
  const definition = await service.definition(name);
  return definition === undefined ? ['it does not exist'] : missingTaskWalls(definition);
}

type Run = {
  readonly options: FargateSandboxOptions;
  readonly service: TaskCluster;
  readonly request: SandboxRequest;
  readonly onMessage: (message: SandboxMessage) => void | Promise<void>;
  readonly run: string;
};

async function runOnce(to: Run): Promise<Result<SandboxOutcome, SandboxRefusal>> {
  const { options, service, request, run } = to;
  const owner = present(request.owner, 'the owner of an analysis that runs elsewhere');
  await stopLeftovers(service, owner);
  const store = openTransferStore(options.transfer, `${owner.tenantId}/${owner.scanId}/${run}/`);
  try {
    return await analyze(to, store, owner);
  } finally {
    await store.clear().catch((error: unknown) => options.log.warn('sandbox.cleanup_failed', { run, errorCode: codeOf(error) }));
  }
}

// One task a scan: a worker that was killed may have left one.
async function stopLeftovers(service: TaskCluster, { scanId }: ScanOwner): Promise<void> {
  for (const task of await service.startedBy(scanId)) await service.stop(task, 'another attempt at its scan begins');
}

async function analyze(to: Run, store: TransferStore, owner: ScanOwner): Promise<Result<SandboxOutcome, SandboxRefusal>> {
  const { options, service, request, run } = to;
  const timing = { ...defaultTiming, ...options.timing };
  const { nowMs } = timing;
  const wallMs = Math.min(request.wallMs, limits.scanWallMsMax);
  const tree = await packTree(request.treeDirectory);
  await store.putStream(objectNames.tree, tree);
  const grants = await grantSegments({ store, run, analyzers: request.analyzers, wallMs, tree, nowMs });
  const orderUrl = (): Promise<string> => store.urlToRead(objectNames.order, limits.taskStartMsMax);
  const { place } = options;
  const task = await placeTask({ service, place, owner, run, orderUrl, signal: request.signal, nowMs, pauseMs: timing.placePauseMs });
  if (task === undefined) return ok({ ...nothingSeen, ending: 'cancelled', detail: 'before it began' });
  options.log.info('sandbox.task_started', { run, task });
  const collector = collectMessages(request.analyzers);
  const reader = collector.readerFor({ environment: 'fargate', bubblewrap: false, cgroup: false });
  const lifeMs = limits.taskTransferMsMax + wallMs + limits.killGraceMs + limits.taskStopMs;
  const stop = (why: string): Promise<void> => service.stop(task, why);
  let followed: Followed;
  try {
    const describe = () => service.describe(task);
    const { signal } = request;
    const onMessage = async (message: SandboxMessage): Promise<void> => {
      if (message.type === 'locked') await forgetOrder(store);
      await to.onMessage(message);
    };
    followed = await followTask({ run, store, grants, reader, onMessage, describe, stop, signal, lifeMs, timing, nowMs });
  } finally {
    await stop('over').catch((error: unknown) => options.log.error('sandbox.stop_failed', { run, task, errorCode: codeOf(error) }));
  }
  const judged = judgeTask(followed, reader.hasEnded());
  if (!judged.ok) return judged;
  const { layers, runs, findingCount, coverage, coverageCounts } = collector.collected;
  return ok({ ...judged.value, layers: layers ?? noLayers, runs, findingCount, coverage, coverageCounts });
}

// The task has read them: nothing lies there longer than it must, and the one URL that stands in its description opens nothing any more.
async function forgetOrder(store: TransferStore): Promise<void> {
  await store.remove(objectNames.order);
  await store.remove(objectNames.tree);
}

const nothingSeen = { layers: noLayers, runs: [], findingCount: 0, coverage: [], coverageCounts: {}, stderrBytes: 0 } as const;

function codeOf(error: unknown): string {
  return error instanceof Fault ? error.code : 'sandbox.unexpected';
}
