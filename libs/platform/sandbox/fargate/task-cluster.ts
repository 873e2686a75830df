import {
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  InvalidParameterException,
  ListTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
  type DescribeTasksCommandOutput,
  type ECSClientConfig,
  type RunTaskCommandInput,
  type Task,
  type TaskDefinition,
} from '@aws-sdk/client-ecs';
import { limits } from '@lib/contract';
import { refusalFault, serviceFault } from './service-fault.ts';

/** What is known of a task that has ended. */
export type StoppedTask = {
  /** 128 and a signal, as a shell says it; undefined when the container never ran, or nobody knows. */
  readonly exitCode: number | undefined;
  /** Why the service says it ended: `EssentialContainerExited`, `TaskFailedToStart`, `UserInitiated` and others. */
  readonly stopCode: string | undefined;
  readonly ranOutOfMemory: boolean;
  /** The service's own words, for operators. */
  readonly reason: string;
};

/** How a task is doing. `lost`: the service does not know it, or not any more. */
export type TaskState = { readonly kind: 'alive' } | { readonly kind: 'lost' } | { readonly kind: 'stopped'; readonly task: StoppedTask };

/** The calls that one cluster takes. Every one fails with a Fault of `service-fault.ts`. */
export type TaskCluster = {
  readonly definition: (name: string) => Promise<TaskDefinition | undefined>;
  /** Starts exactly one task and answers its ARN. The same `clientToken` never starts a second. */
  readonly run: (order: Omit<RunTaskCommandInput, 'cluster' | 'count'>) => Promise<string>;
  readonly describe: (task: string) => Promise<TaskState>;
  /** Asks for SIGTERM, and SIGKILL later. A task that has ended already is no error. */
  readonly stop: (task: string, reason: string) => Promise<void>;
  /** Tasks that were started by this name and that have not ended. */
  readonly startedBy: (name: string) => Promise<readonly string[]>;
};

/** Which service and cluster. */
export type TaskClusterOptions = {
  readonly client: Pick<ECSClientConfig, 'region' | 'endpoint' | 'credentials'>;
  readonly cluster: string;
};

/** The task service of AWS (ECS), in one cluster. */
export function openTaskCluster({ client: config, cluster }: TaskClusterOptions): TaskCluster {
  const client = new ECSClient({
    ...config,
    maxAttempts: limits.remoteAttemptsMax,
    // without the last of these a request that takes too long is only warned of
    requestHandler: { connectionTimeout: limits.connectMs, requestTimeout: limits.connectMs, throwOnRequestTimeout: true },
  });
  const ask = async <T>(doing: string, send: () => Promise<T>): Promise<T> => {
    try {
      return await send();
    } catch (error) {
      throw serviceFault(doing, error);
    }
  };
  return {
    definition: async (taskDefinition) => {
      const answer = await ask('describe a task definition', () => client.send(new DescribeTaskDefinitionCommand({ taskDefinition })));
      return answer.taskDefinition;
    },
    run: async (order) => {
      const answer = await ask('run a task', () => client.send(new RunTaskCommand({ ...order, cluster, count: 1 })));
      const arn = answer.tasks?.[0]?.taskArn;
      if (arn === undefined) throw refusalFault(answer.failures ?? []);
      return arn;
    },
    describe: async (task) => {
      const answer = await ask('describe a task', () => client.send(new DescribeTasksCommand({ cluster, tasks: [task] })));
      return stateOf(answer);
    },
    stop: async (task, reason) => {
      await ask('stop a task', () => client.send(new StopTaskCommand({ cluster, task, reason })).catch(unlessGone));
    },
    startedBy: async (startedBy) => {
      const maxResults = limits.taskLeftoversMax;
      const answer = await ask('list tasks', () => client.send(new ListTasksCommand({ cluster, startedBy, maxResults })));
      return answer.taskArns ?? [];
    },
  };
}

// What the service says of a task that it has forgotten, some time after its end.
function unlessGone(error: unknown): undefined {
  if (!(error instanceof InvalidParameterException)) throw error;
}

function stateOf({ tasks = [], failures = [] }: DescribeTasksCommandOutput): TaskState {
  const [task] = tasks;
  if (task !== undefined) return stateOfTask(task);
  if (failures.length > 0 && failures[0]?.reason !== 'MISSING') throw refusalFault(failures);
  return { kind: 'lost' };
}

function stateOfTask(task: Task): TaskState {
  const [container] = task.containers ?? [];
  const { exitCode, reason: why = '' } = container ?? {};
  const ended = task.lastStatus === 'STOPPED' || exitCode !== undefined; // the service takes a while to clear up after it
  if (!ended) return { kind: 'alive' };
  const reason = `${task.stoppedReason ?? 'no reason given'}; ${why}`.slice(0, limits.noteCharsMax);
  return { kind: 'stopped', task: { exitCode, stopCode: task.stopCode, ranOutOfMemory: why.startsWith('OutOfMemory'), reason } };
}
