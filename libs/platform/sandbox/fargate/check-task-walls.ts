import type { ContainerDefinition, TaskDefinition, Volume } from '@aws-sdk/client-ecs';

/** What is looked at, as it is registered and as the service describes it (empty lists instead of nothing). */
export type WalledDefinition = Pick<
  TaskDefinition,
  'containerDefinitions' | 'requiresCompatibilities' | 'networkMode' | 'taskRoleArn' | 'pidMode' | 'ipcMode' | 'volumes'
>;
type Definition = WalledDefinition;
type Wall = { readonly name: string; readonly stands: (definition: Definition) => boolean };

/** Every wall of a task definition, and how to see that it stands. */
const walls: readonly Wall[] = [
  { name: 'one container', stands: ({ containerDefinitions = [] }) => containerDefinitions.length === 1 },
  { name: 'Fargate only', stands: ({ requiresCompatibilities = [] }) => requiresCompatibilities.join(',') === 'FARGATE' },
  { name: 'own network interface', stands: ({ networkMode }) => networkMode === 'awsvpc' },
  { name: 'no task role', stands: ({ taskRoleArn }) => taskRoleArn === undefined },
  { name: 'no processes shared', stands: ({ pidMode, ipcMode }) => pidMode === undefined && ipcMode === undefined },
  { name: 'no volume of a host or a file system', stands: ({ volumes = [] }) => volumes.every(isEphemeral) },
  each('image by digest', ({ image = '' }) => /@sha256:[0-9a-f]{64}$/u.test(image)),
  each('unprivileged user', ({ user = '' }) => /^[1-9]\d*:[1-9]\d*$/u.test(user)),
  each('not privileged', ({ privileged }) => privileged !== true),
  each('read-only root', ({ readonlyRootFilesystem }) => readonlyRootFilesystem === true),
  each('all capabilities dropped', ({ linuxParameters }) => linuxParameters?.capabilities?.drop?.join(',') === 'ALL'),
  each('no capability added', ({ linuxParameters }) => (linuxParameters?.capabilities?.add ?? []).length === 0),
  each(
    'no device, no shared memory, no tmpfs',
    ({ linuxParameters: linux }) => isEmpty(linux?.devices) && linux?.sharedMemorySize === undefined && isEmpty(linux?.tmpfs),
  ),
  each('an init process', ({ linuxParameters }) => linuxParameters?.initProcessEnabled === true),
  each(
    'no secret',
    ({ secrets = [], environmentFiles = [], repositoryCredentials }) =>
      secrets.length + environmentFiles.length === 0 && repositoryCredentials === undefined,
  ),
  each('no port', ({ portMappings = [] }) => portMappings.length === 0),
  each('no terminal', ({ interactive, pseudoTerminal }) => interactive !== true && pseudoTerminal !== true),
  each('time to stop', ({ stopTimeout = 0 }) => stopTimeout > 0),
  each('no core file', ({ ulimits = [] }) => ulimits.some(({ name, hardLimit }) => name === 'core' && hardLimit === 0)),
  each('one place to write', ({ mountPoints = [] }) => mountPoints.length === 1),
];

/** Names the walls that a task definition lacks; none: it may be registered. Pure. */
export function missingTaskWalls(definition: Definition): readonly string[] {
  return walls.filter(({ stands }) => !stands(definition)).map(({ name }) => name);
}

// `host` without a path is the task's own disk.
function isEphemeral({ name, host, ...others }: Volume): boolean {
  return name !== undefined && host?.sourcePath === undefined && Object.values(others).every((value) => value === undefined);
}

function isEmpty(list: readonly unknown[] | undefined): boolean {
  return list === undefined || list.length === 0;
}

function each(name: string, stands: (container: ContainerDefinition) => boolean): Wall {
  return { name, stands: ({ containerDefinitions = [] }) => containerDefinitions.every(stands) };
}
