import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { chownSync, mkdtempSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ECSClient, RegisterTaskDefinitionCommand, type RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import {
  scanIdSchema,
  taskExits,
  taskOrderSchema,
  tenantIdSchema,
  type SandboxMessage,
  type SegmentHeader,
  type TaskOrder,
} from '@lib/contract';
import { fargateSandbox, taskDefinition, type FargateSandboxOptions, type SandboxRequest, type ScanOwner } from '@lib/platform/sandbox';
import type { EventName, LogFields } from '@lib/platform/telemetry';
import { startEcsServer, type EcsServer, type StartedTask, type StartTask } from '../../../tools/testing/ecs/ecs-server.ts';
import { publishedModel } from '../../../tools/testing/ecs/published-model.ts';
import { sdkModel } from '../../../tools/testing/ecs/sdk-model.ts';
import { startPresignedObjects, type PresignedObjects } from '../../../tools/testing/presigned-objects.ts';

/** A cluster, a bucket and a registered task definition, for one test. */
export type FargateStage = {
  readonly ecs: EcsServer;
  readonly bucket: PresignedObjects;
  readonly options: FargateSandboxOptions;
  readonly owner: ScanOwner;
  readonly events: { readonly event: EventName; readonly fields: LogFields }[];
  readonly close: () => Promise<void>;
};

/** The user that the definition names. */
export const ordinaryUser = 10_001;
const credentials = { accessKeyId: 'local', secretAccessKey: 'never looked at by the cluster' };
const nodePath = process.execPath;
const published = publishedModel();

/** A definition as a deployment would make it. */
export function testDefinition(change: Partial<RegisterTaskDefinitionCommandInput> = {}): RegisterTaskDefinitionCommandInput {
  const made = taskDefinition({
    family: 'aegis-analysis',
    image: `registry.example/aegis/analysis@sha256:${'0'.repeat(64)}`,
    executionRoleArn: 'arn:aws:iam::000000000000:role/aegis-analysis-pull',
    logGroup: '/aegis/analysis',
    region: 'eu-central-1',
    architecture: 'X86_64',
    cpu: 2048,
    memoryMib: 8192,
    diskGib: 30,
  });
  if (!made.ok) throw new Error(made.error.code);
  return { ...made.value, ...change };
}

/** Opens a stage whose tasks are started by `start`. Close it. */
export async function openFargateStage(start: StartTask, definition = testDefinition()): Promise<FargateStage> {
  const ecs = await startEcsServer({
    models: [sdkModel(), ...(published === undefined ? [] : [published])],
    newer: ['RunTask.clientToken'],
    start,
    killAfterMs: 20_000,
  });
  const bucket = await startPresignedObjects();
  const service = { client: { region: 'eu-central-1', endpoint: ecs.endpoint, credentials }, cluster: 'aegis' };
  const client = new ECSClient(service.client);
  await client.send(new RegisterTaskDefinitionCommand(definition));
  client.destroy();
  const events: FargateStage['events'] = [];
  const note = (event: EventName, fields: LogFields = {}): void => void events.push({ event, fields });
  const options: FargateSandboxOptions = {
    service,
    place: { taskDefinition: 'aegis-analysis:1', subnets: ['subnet-0123456789abcdef0'], securityGroups: ['sg-0123456789abcdef0'] },
    transfer: {
      client: { region: 'eu-central-1', endpoint: bucket.endpoint, credentials: bucket.credentials, forcePathStyle: true },
      bucket: bucket.bucket,
    },
    log: { info: note, warn: note, error: note },
    timing: { pollMs: 10, describeMs: 30, placePauseMs: 10, cancelDrainMs: 5000, stopDrainMs: 10_000 },
  };
  const owner = { tenantId: tenantIdSchema.parse(randomUUID()), scanId: scanIdSchema.parse(randomUUID()) };
  return {
    ecs,
    bucket,
    options,
    owner,
    events,
    close: async () => {
      await ecs.stop();
      await bucket.stop();
    },
  };
}

/**
 * Starts the real program of a task, as an ordinary user, with the environment of definition and overrides and nothing else. The one thing
 * that is put in place of another: the volume of the definition is a folder here.
 */
export function realTask(runtimeDirectory: string, folder: string, more: { readonly onStart?: (pid: number) => void } = {}): StartTask {
  return (environment) => {
    const work = mkdtempSync(join(folder, 'work-'));
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(work, ordinaryUser, ordinaryUser);
    const child = spawn(nodePath, [join(runtimeDirectory, 'task.mjs')], {
      env: { ...environment, AEGIS_TASK_WORK_DIRECTORY: work },
      cwd: '/',
      stdio: ['ignore', 'inherit', 'inherit'],
      ...(isRoot ? { uid: ordinaryUser, gid: ordinaryUser } : {}),
    });
    more.onStart?.(child.pid ?? 0);
    return {
      exited: new Promise((resolve) => {
        child.once('exit', (code, signal) => resolve({ exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]) }));
      }),
      signal: (name) => void child.kill(name),
    };
  };
}

/** What a task that does not keep the protocol has in its hands: its order, and whatever it likes to write where it was granted. */
export type Hostile = {
  readonly order: TaskOrder;
  readonly put: (index: number, bytes: Uint8Array) => Promise<number>;
  /** A whole segment with a header of its own making. */
  readonly segment: (payload: string, header?: Partial<SegmentHeader>) => Promise<number>;
  readonly stopped: Promise<void>;
};
type End = Awaited<StartedTask['exited']>;

/** A task in this process that does what it is told, and ends as that says. */
export function hostileTask(act: (hostile: Hostile) => Promise<End>): StartTask {
  return (environment) => {
    let stop: () => void = () => undefined;
    const stopped = new Promise<void>((resolve) => {
      stop = resolve;
    });
    const live = async (): Promise<End> => {
      const answer = await fetch(environment['AEGIS_TASK_ORDER_URL'] ?? '');
      if (!answer.ok) return { exitCode: taskExits.gaveUp }; // whoever ordered it has gone on
      const order = taskOrderSchema.parse(await answer.json());
      const put = async (index: number, bytes: Uint8Array): Promise<number> => {
        const url = order.grant.segments.find((segment) => segment.index === index)?.url ?? '';
        return (await fetch(url, { method: 'PUT', body: Buffer.from(bytes), headers: { 'if-none-match': '*' } })).status;
      };
      return act({ order, put, segment: (payload, header = {}) => put(header.index ?? 0, segmentOf(order.run, payload, header)), stopped });
    };
    return { exited: live(), signal: () => stop() };
  };
}

/** A segment as the program of a task makes it, but for what is changed. */
export function segmentOf(run: string, payload: string, header: Partial<SegmentHeader> = {}): Uint8Array {
  const bytes = Buffer.from(payload);
  const own = { v: 1, run, index: 0, bytes: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') };
  return Buffer.concat([Buffer.from(`${JSON.stringify({ ...own, ...header })}\n`), bytes]);
}

/** Runs one analysis on a stage; answers how it went, and what was said. */
export async function analyzeOn(
  stage: FargateStage,
  request: Omit<SandboxRequest, 'owner'>,
  more: { readonly onMessage?: (message: SandboxMessage) => void; readonly timing?: FargateSandboxOptions['timing'] } = {},
) {
  const messages: SandboxMessage[] = [];
  const options = { ...stage.options, timing: { ...stage.options.timing, ...more.timing } };
  const result = await fargateSandbox(options).run({ ...request, owner: stage.owner }, (message) => {
    messages.push(message);
    more.onMessage?.(message);
  });
  return { result, messages };
}
