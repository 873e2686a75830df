import { setTimeout as pause } from 'node:timers/promises';
import type { RunTaskCommandInput } from '@aws-sdk/client-ecs';
import { limits } from '@lib/contract';
import { assert, Fault } from '@lib/kernel';
import type { ScanOwner } from '../sandbox.ts';
import { taskContainer } from './task-definition.ts';
import type { TaskCluster } from './task-cluster.ts';

/** Where tasks run. Subnets without a way to the internet, one security group that lets nothing in and only the object store out. */
export type TaskPlace = {
  /** Family and revision, or its ARN: an exact revision, so that what was checked is what runs. */
  readonly taskDefinition: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
};

/** One task to place. `orderUrl` makes a fresh URL for each try. Units: ms. */
export type Placing = {
  readonly service: TaskCluster;
  readonly place: TaskPlace;
  readonly owner: ScanOwner;
  readonly run: string;
  readonly orderUrl: () => Promise<string>;
  readonly signal: AbortSignal | undefined;
  readonly nowMs: () => number;
  readonly pauseMs: number;
};

/** The setting of a task that its starter gives: where its order lies. */
export const orderUrlSetting = 'AEGIS_TASK_ORDER_URL';

const passing = ['sandbox.capacity_unavailable', 'sandbox.service_throttled'];

/**
 * Starts one task and answers its ARN; undefined when it was cancelled before. While there is no room it waits for some, longer each time.
 * Errors: Faults of `service-fault.ts`.
 */
export async function placeTask(placing: Placing): Promise<string | undefined> {
  const untilMs = placing.nowMs() + limits.taskPlaceMsMax;
  let waitMs = placing.pauseMs;
  for (let tried = 1; ; tried++) {
    if (placing.signal?.aborted === true) return undefined;
    try {
      return await placing.service.run(await requestOf(placing, tried));
    } catch (error) {
      if (!(error instanceof Fault) || !passing.includes(error.code) || placing.nowMs() + waitMs > untilMs) throw error;
    }
    await pause(waitMs, undefined, placing.signal === undefined ? {} : { signal: placing.signal }).catch(() => undefined);
    waitMs = Math.min(2 * waitMs, limits.taskPlacePauseMsMax);
  }
}

type RunRequest = Omit<RunTaskCommandInput, 'cluster' | 'count'>;

async function requestOf({ place, owner, run, orderUrl }: Placing, tried: number): Promise<RunRequest> {
  const overrides: RunRequest['overrides'] = {
    containerOverrides: [{ name: taskContainer, environment: [{ name: orderUrlSetting, value: await orderUrl() }] }],
  };
  assert(JSON.stringify(overrides).length <= limits.taskOverrideCharsMax, 'one URL fits into the overrides');
  return {
    taskDefinition: place.taskDefinition,
    launchType: 'FARGATE',
    platformVersion: '1.4.0',
    networkConfiguration: {
      awsvpcConfiguration: { subnets: [...place.subnets], securityGroups: [...place.securityGroups], assignPublicIp: 'DISABLED' },
    },
    enableExecuteCommand: false,
    enableECSManagedTags: true,
    propagateTags: 'TASK_DEFINITION',
    tags: [
      { key: 'aegis:tenant', value: owner.tenantId },
      { key: 'aegis:scan', value: owner.scanId },
    ],
    startedBy: owner.scanId,
    clientToken: `${run}-${String(tried)}`,
    overrides,
  };
}
