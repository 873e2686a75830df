import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { checkRequest, type ServiceModel } from './service-model.ts';

/** A task as the server's owner runs it. `signal` is what the service sends: SIGTERM, later SIGKILL. */
export type StartedTask = {
  readonly exited: Promise<{ readonly exitCode: number | undefined; readonly reason?: string; readonly stopCode?: string }>;
  readonly signal: (name: 'SIGTERM' | 'SIGKILL') => void;
};
export type StartTask = (environment: Readonly<Record<string, string>>) => StartedTask;

/**
 * A server that speaks the part of ECS which the product uses (AWS JSON 1.1), checks every request against the service's own model, and runs
 * what it is given to run with the environment of the definition and of the overrides. Protocol tests only: it proves nothing about ECS.
 */
export type EcsServer = {
  readonly endpoint: string;
  readonly requests: { readonly operation: string; readonly body: Record<string, unknown> }[];
  /** What the models found wrong with any request so far. */
  readonly problems: string[];
  readonly faults: {
    /** The next answers of an operation: an error, or `failures` of RunTask. Each is used up once. */
    answers: { operation: string; status: number; body: Record<string, unknown> }[];
    /** The service forgets tasks at once. */
    forgets: boolean;
    /** RunTask does its work and the connection breaks before the answer. */
    breaksAnswer: boolean;
  };
  readonly running: () => number;
  start: StartTask;
  readonly stop: () => Promise<void>;
};

type Task = {
  readonly arn: string;
  readonly startedBy: string;
  readonly started: StartedTask;
  ended: { exitCode?: number | undefined; reason?: string; stopCode: string } | undefined;
  asked: boolean;
};

const environmentSchema = z.array(z.object({ name: z.string(), value: z.string() })).default([]);
const runSchema = z.looseObject({
  taskDefinition: z.string(),
  startedBy: z.string(),
  clientToken: z.string(),
  overrides: z.looseObject({ containerOverrides: z.array(z.looseObject({ name: z.string(), environment: environmentSchema })) }),
});
const definitionSchema = z.looseObject({
  family: z.string(),
  containerDefinitions: z.array(z.looseObject({ name: z.string(), environment: environmentSchema, stopTimeout: z.number() })),
});
type Body = Record<string, unknown>;
type Answer = { readonly status: number; readonly body: Body };

const target = 'AmazonEC2ContainerServiceV20141113.';
const arnOf = (kind: string, name: string): string => `arn:aws:ecs:eu-central-1:000000000000:${kind}/${name}`;
const refuse = (type: string, message: string): Answer => ({ status: 400, body: { __type: type, message } });

/** Starts the server on a free port of the loopback. `killAfterMs` stands for `stopTimeout`. */
export async function startEcsServer(options: {
  readonly models: readonly ServiceModel[];
  /** Members that an older model does not know yet, as `RunTask.clientToken`. */
  readonly newer: readonly string[];
  readonly start: StartTask;
  readonly killAfterMs: number;
}): Promise<EcsServer> {
  const definitions = new Map<string, Body>();
  const tasks = new Map<string, Task>();
  const tokens = new Map<string, string>();

  const run = (body: Body): Answer => {
    const request = runSchema.parse(body);
    const known = tokens.get(request.clientToken);
    if (known !== undefined) return { status: 200, body: { tasks: [{ taskArn: known, lastStatus: 'PENDING' }], failures: [] } };
    const definition = definitions.get(request.taskDefinition);
    if (definition === undefined) return refuse('ClientException', 'TaskDefinition not found.');
    const [container] = definitionSchema.parse(definition).containerDefinitions;
    const [override] = request.overrides.containerOverrides;
    if (container === undefined || override?.name !== container.name)
      return refuse('InvalidParameterException', 'Override for an unknown container');
    const environment = Object.fromEntries([...container.environment, ...override.environment].map(({ name, value }) => [name, value]));
    const task: Task = {
      arn: arnOf('task', `aegis/${randomUUID().replaceAll('-', '')}`),
      startedBy: request.startedBy,
      started: server.start(environment),
      ended: undefined,
      asked: false,
    };
    tasks.set(task.arn, task);
    tokens.set(request.clientToken, task.arn);
    void task.started.exited.then(({ exitCode, reason, stopCode }) => {
      task.ended = {
        exitCode,
        ...(reason === undefined ? {} : { reason }),
        stopCode: stopCode ?? (task.asked ? 'UserInitiated' : 'EssentialContainerExited'),
      };
    });
    return { status: 200, body: { tasks: [{ taskArn: task.arn, lastStatus: 'PROVISIONING', containers: [] }], failures: [] } };
  };
  const stopTask = ({ task: arn }: Body): Answer => {
    const task = tasks.get(String(arn));
    if (task === undefined || server.faults.forgets) return refuse('InvalidParameterException', 'The referenced task was not found.');
    if (!task.asked && task.ended === undefined) {
      task.asked = true;
      task.started.signal('SIGTERM');
      const killer = setTimeout(() => task.started.signal('SIGKILL'), options.killAfterMs);
      void task.started.exited.finally(() => clearTimeout(killer));
    }
    return { status: 200, body: { task: { taskArn: task.arn, desiredStatus: 'STOPPED' } } };
  };
  const describeTasks = (body: Body): Answer => {
    const found = z.array(z.string()).parse(body['tasks']);
    const known = server.faults.forgets ? [] : found.flatMap((arn) => tasks.get(arn) ?? []);
    return {
      status: 200,
      body: {
        tasks: known.map(describe),
        failures: found.filter((arn) => !known.some((task) => task.arn === arn)).map((arn) => ({ arn, reason: 'MISSING' })),
      },
    };
  };
  const operations: Record<string, (body: Body) => Answer> = {
    RunTask: run,
    StopTask: stopTask,
    DescribeTasks: describeTasks,
    ListTasks: ({ startedBy }) => ({
      status: 200,
      body: {
        taskArns: [...tasks.values()].filter((task) => task.startedBy === startedBy && task.ended === undefined).map(({ arn }) => arn),
      },
    }),
    RegisterTaskDefinition: (body) => {
      const { family } = definitionSchema.parse(body);
      const revision = [...definitions.keys()].filter((name) => name.startsWith(`${family}:`)).length + 1;
      definitions.set(`${family}:${revision}`, { ...body, revision, taskDefinitionArn: arnOf('task-definition', `${family}:${revision}`) });
      return { status: 200, body: { taskDefinition: asDescribed(definitions.get(`${family}:${revision}`)!) } };
    },
    DescribeTaskDefinition: ({ taskDefinition }) => {
      const found = definitions.get(String(taskDefinition));
      return found === undefined
        ? refuse('ClientException', 'Unable to describe task definition.')
        : { status: 200, body: { taskDefinition: asDescribed(found) } };
    },
  };
  const answer = (operation: string, body: Body): Answer => {
    server.requests.push({ operation, body });
    for (const model of options.models) {
      const problems = checkRequest(model, operation, body).filter(
        (problem) => !options.newer.includes(problem.replace('$', operation).replace(': unknown member', '')),
      );
      server.problems.push(...problems.map((problem) => `${model.name}: ${operation}: ${problem}`));
    }
    const planted = server.faults.answers.findIndex((each) => each.operation === operation);
    if (planted >= 0) return server.faults.answers.splice(planted, 1)[0]!;
    return operations[operation]?.(body) ?? refuse('UnknownOperationException', operation);
  };

  const http = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const named = String(incoming.headers['x-amz-target']);
      const signed = incoming.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ') === true;
      const isJson = incoming.headers['content-type'] === 'application/x-amz-json-1.1';
      const { status, body } =
        named.startsWith(target) && signed && isJson
          ? answer(named.slice(target.length), z.record(z.string(), z.unknown()).parse(JSON.parse(Buffer.concat(parts).toString('utf8'))))
          : refuse('MissingAuthenticationTokenException', 'not a signed AWS JSON 1.1 request');
      if (server.faults.breaksAnswer && named === `${target}RunTask`) {
        server.faults.breaksAnswer = false;
        incoming.socket.destroy();
        return;
      }
      outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      outgoing.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const server: EcsServer = {
    endpoint: `http://127.0.0.1:${port}`,
    requests: [],
    problems: [],
    faults: { answers: [], forgets: false, breaksAnswer: false },
    running: () => [...tasks.values()].filter((task) => task.ended === undefined).length,
    start: options.start,
    stop: async () => {
      for (const task of tasks.values()) if (task.ended === undefined) task.started.signal('SIGKILL');
      await new Promise<void>((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      });
    },
  };
  return server;
}

function describe(task: Task): Body {
  const { ended } = task;
  if (ended === undefined) return { taskArn: task.arn, lastStatus: 'RUNNING', containers: [{ name: 'analysis', lastStatus: 'RUNNING' }] };
  const container = { name: 'analysis', lastStatus: 'STOPPED', exitCode: ended.exitCode, reason: ended.reason };
  return { taskArn: task.arn, lastStatus: 'STOPPED', stopCode: ended.stopCode, stoppedReason: ended.stopCode, containers: [container] };
}

// The service answers with empty lists and a host where a definition said nothing.
function asDescribed(definition: Body): Body {
  const containers = z.array(z.record(z.string(), z.unknown())).parse(definition['containerDefinitions']);
  return {
    ...definition,
    status: 'ACTIVE',
    placementConstraints: [],
    volumes: z
      .array(z.record(z.string(), z.unknown()))
      .parse(definition['volumes'] ?? [])
      .map((volume) => ({ host: {}, ...volume })),
    containerDefinitions: containers.map((container) => ({ cpu: 0, portMappings: [], volumesFrom: [], systemControls: [], ...container })),
  };
}
