import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { publishedModel } from '../../../../tools/testing/ecs/published-model.ts';
import { sdkModel } from '../../../../tools/testing/ecs/sdk-model.ts';
import { checkRequest } from '../../../../tools/testing/ecs/service-model.ts';
import { missingTaskWalls } from './check-task-walls.ts';
import { taskDefinition, type TaskDefinitionParts } from './task-definition.ts';

const parts: TaskDefinitionParts = {
  family: 'aegis-analysis',
  image: `000000000000.dkr.ecr.eu-central-1.amazonaws.com/aegis/analysis@sha256:${'ab'.repeat(32)}`,
  executionRoleArn: 'arn:aws:iam::000000000000:role/aegis-analysis-pull',
  logGroup: '/aegis/analysis',
  region: 'eu-central-1',
  architecture: 'X86_64',
  cpu: 2048,
  memoryMib: 8192,
  diskGib: 30,
};

function made(): RegisterTaskDefinitionCommandInput {
  const result = taskDefinition(parts);
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
}
const container = (): ContainerDefinition => made().containerDefinitions![0]!;
const withContainer = (change: Partial<ContainerDefinition>): RegisterTaskDefinitionCommandInput => ({
  ...made(),
  containerDefinitions: [{ ...container(), ...change }],
});
const withLinux = (change: object): RegisterTaskDefinitionCommandInput =>
  withContainer({ linuxParameters: { ...container().linuxParameters!, ...change } });

describe('the task definition', () => {
  it('has_every_wall', () => {
    expect(missingTaskWalls(made())).toEqual([]);
  });

  it('is_the_one_that_was_reviewed', async () => {
    await expect(`${JSON.stringify(made(), null, 2)}\n`).toMatchFileSnapshot('__golden__/task-definition.json');
  });

  it.each([sdkModel(), publishedModel()].filter((model) => model !== undefined))('fits_the_model_of_$name', (model) => {
    const onTheWire: unknown = JSON.parse(JSON.stringify(made()));
    expect(checkRequest(model, 'RegisterTaskDefinition', onTheWire)).toEqual([]);
  });

  it.each(['analysis:latest', 'analysis', 'analysis@sha256:12', `analysis:1 @sha256:${'a'.repeat(64)}`])(
    'takes_no_image_by_%s',
    (image) => {
      expect(taskDefinition({ ...parts, image })).toEqual({ ok: false, error: { code: 'sandbox.image_not_pinned' } });
    },
  );

  const mutations: readonly (readonly [wall: string, mutant: RegisterTaskDefinitionCommandInput])[] = [
    ['one container', { ...made(), containerDefinitions: [container(), { ...container(), name: 'another' }] }],
    ['one container', { ...made(), containerDefinitions: [] }],
    ['Fargate only', { ...made(), requiresCompatibilities: ['EC2'] }],
    ['Fargate only', { ...made(), requiresCompatibilities: ['EC2', 'FARGATE'] }],
    ['own network interface', { ...made(), networkMode: 'host' }],
    ['no task role', { ...made(), taskRoleArn: 'arn:aws:iam::000000000000:role/x' }],
    ['no processes shared', { ...made(), pidMode: 'task' }],
    ['no processes shared', { ...made(), ipcMode: 'task' }],
    ['no volume of a host or a file system', { ...made(), volumes: [{ name: 'work', host: { sourcePath: '/' } }] }],
    ['no volume of a host or a file system', { ...made(), volumes: [{ name: 'work', efsVolumeConfiguration: { fileSystemId: 'fs-1' } }] }],
    ['image by digest', withContainer({ image: 'analysis:latest' })],
    ['unprivileged user', withContainer({ user: '0:0' })],
    ['unprivileged user', withContainer({ user: 'root' })],
    ['unprivileged user', withContainer({ user: '10001:0' })],
    ['unprivileged user', withContainer({ user: undefined })],
    ['not privileged', withContainer({ privileged: true })],
    ['read-only root', withContainer({ readonlyRootFilesystem: false })],
    ['read-only root', withContainer({ readonlyRootFilesystem: undefined })],
    ['all capabilities dropped', withLinux({ capabilities: { drop: ['SYS_ADMIN'] } })],
    ['all capabilities dropped', withLinux({ capabilities: undefined })],
    ['no capability added', withLinux({ capabilities: { drop: ['ALL'], add: ['SYS_PTRACE'] } })],
    ['no device, no shared memory, no tmpfs', withLinux({ tmpfs: [{ containerPath: '/t', size: 1 }] })],
    ['no device, no shared memory, no tmpfs', withLinux({ devices: [{ hostPath: '/dev/kvm' }] })],
    ['an init process', withLinux({ initProcessEnabled: false })],
    ['no secret', withContainer({ secrets: [{ name: 'KEY', valueFrom: 'arn' }] })],
    ['no secret', withContainer({ environmentFiles: [{ type: 's3', value: 'arn' }] })],
    ['no port', withContainer({ portMappings: [{ containerPort: 80 }] })],
    ['no terminal', withContainer({ interactive: true })],
    ['no terminal', withContainer({ pseudoTerminal: true })],
    ['time to stop', withContainer({ stopTimeout: undefined })],
    ['no core file', withContainer({ ulimits: [] })],
    ['one place to write', withContainer({ mountPoints: [...container().mountPoints!, { sourceVolume: 'work', containerPath: '/etc' }] })],
  ];
  it.each(mutations)('without_%s_says_so_and_nothing_else', (wall, mutant) => {
    expect(missingTaskWalls(mutant)).toEqual([wall]);
  });
});
