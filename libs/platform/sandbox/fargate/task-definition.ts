import type { RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { limits } from '@lib/contract';
import { err, ok, SECOND_MS, type Result } from '@lib/kernel';

/** What differs from one deployment to another. Units: MiB, GiB. */
export type TaskDefinitionParts = {
  readonly family: string;
  /** By digest: `registry/name@sha256:…`. A tag can be moved. */
  readonly image: string;
  /** Pulls the image and opens the log stream, for the service; nothing inside the task can use it. */
  readonly executionRoleArn: string;
  readonly logGroup: string;
  readonly region: string;
  readonly architecture: 'X86_64' | 'ARM64';
  /** CPU units: 1024 are one core. The service takes certain pairs of the two only. */
  readonly cpu: 1024 | 2048 | 4096;
  readonly memoryMib: number;
  /** Room for the tree. The service gives 21 at least. */
  readonly diskGib: number;
};

/** Name of the one container. */
export const taskContainer = 'analysis';
/** The only place in the task that can be written. The image declares it as a volume of the task's user, else it would be root's. */
export const taskWorkDirectory = '/aegis/work';
// What the image has: Node 24, and the runtime as it was built (`dist/sandbox`).
const program = ['/aegis/node', '/aegis/sandbox/task.mjs'];

// Of the image. A number, not a name: a name is looked up in a file of the image, and a number cannot come out as 0.
const taskUser = '10001:10001';
const digestPattern = /^[\w./:-]+@sha256:[0-9a-f]{64}$/u;

/**
 * The outer wall of an analysis on Fargate, as a value: whoever registers it registers this. One container, an ordinary user, a read-only
 * root, no capability, no role, no secret, no port, no way in. The way out is closed by the security group of the task, not here.
 * Pure. Errors: `sandbox.image_not_pinned` when the image is not named by its digest.
 */
export function taskDefinition(
  parts: TaskDefinitionParts,
): Result<RegisterTaskDefinitionCommandInput, { readonly code: 'sandbox.image_not_pinned' }> {
  if (!digestPattern.test(parts.image)) return err({ code: 'sandbox.image_not_pinned' });
  return ok({
    family: parts.family,
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: parts.architecture },
    cpu: String(parts.cpu),
    memory: String(parts.memoryMib),
    ephemeralStorage: { sizeInGiB: parts.diskGib },
    executionRoleArn: parts.executionRoleArn, // and no taskRoleArn: the program has URLs and needs no more
    volumes: [{ name: 'work' }],
    containerDefinitions: [
      {
        name: taskContainer,
        image: parts.image,
        essential: true,
        entryPoint: program,
        command: [],
        user: taskUser,
        privileged: false,
        readonlyRootFilesystem: true,
        linuxParameters: { capabilities: { drop: ['ALL'] }, initProcessEnabled: true },
        interactive: false,
        pseudoTerminal: false,
        stopTimeout: limits.taskStopMs / SECOND_MS,
        ulimits: [
          { name: 'core', softLimit: 0, hardLimit: 0 }, // a core file is a copy of customer data
          { name: 'nofile', softLimit: limits.analyzerOpenFilesMax, hardLimit: limits.analyzerOpenFilesMax },
        ],
        mountPoints: [{ sourceVolume: 'work', containerPath: taskWorkDirectory, readOnly: false }],
        environment: [
          { name: 'AEGIS_TASK_WORK_DIRECTORY', value: taskWorkDirectory },
          { name: 'AEGIS_TASK_MEMORY_MIB', value: String(parts.memoryMib) },
        ],
        logConfiguration: {
          logDriver: 'awslogs', // a code when the program itself fails, nothing else: it prints nothing
          options: { 'awslogs-group': parts.logGroup, 'awslogs-region': parts.region, 'awslogs-stream-prefix': taskContainer },
        },
      },
    ],
  });
}
