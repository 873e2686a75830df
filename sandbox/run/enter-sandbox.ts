import { lockDown } from '../lockdown/lock-down.ts';
import {
  runnerOrderSchema,
  unpackerOrderSchema,
  type RunnerOrder,
  type SandboxMessage,
  type SandboxOrder,
  type UnpackerOrder,
} from '@lib/contract';
import { refuse, writeLine } from './write-line.ts';

/** The order of an analysis, the one argument of `runner.mjs`. */
export function readOrder(): RunnerOrder {
  const order = runnerOrderSchema.safeParse(givenOrder());
  return order.success ? order.data : refuse(['runner: the order does not fit its schema']);
}

/** The order of an unpacking, the one argument of `unpacker.mjs`. */
export function readUnpackerOrder(): UnpackerOrder {
  const order = unpackerOrderSchema.safeParse(givenOrder());
  return order.success ? order.data : refuse(['unpacker: the order does not fit its schema']);
}

/**
 * Closes the sandbox and says so on the pipe; ends the process when a wall is missing. Call it after all code is loaded and before the
 * first byte of a customer is read, from the tree or from standard input.
 */
export async function enterSandbox(order: SandboxOrder): Promise<void> {
  const { layers, missing } = await closeOrRefuse(order);
  if (missing.length > 0) refuse(missing.map((text) => text.slice(0, 200)).slice(0, 50));
  writeLine(JSON.stringify({ type: 'locked', layers } satisfies SandboxMessage));
}

async function closeOrRefuse(order: SandboxOrder): ReturnType<typeof lockDown> {
  try {
    return await lockDown(order);
  } catch (error) {
    return refuse([`stage 2: ${error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 150) : 'failed'}`]);
  }
}

// The order from the supervisor, and after it what the launcher adds: the one wall that cannot be asked for from in here.
function givenOrder(): unknown {
  const [order = 'null', fact = ''] = process.argv.slice(-2); // a snapshot has no script before them
  const landlockAbi = Number(/^landlock=(\d{1,3})$/u.exec(fact)?.[1] ?? Number.NaN);
  try {
    const given: unknown = JSON.parse(order);
    return typeof given === 'object' && given !== null ? { ...given, landlockAbi } : undefined;
  } catch {
    return undefined;
  }
}
