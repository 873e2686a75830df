import { writeSync } from 'node:fs';
import { limits, taskExits } from '@lib/contract';
import { Fault, MIB } from '@lib/kernel';
import { readEnvironment } from '@lib/platform/config';
import { localSandbox } from '@lib/platform/sandbox';
import { nativeOperations } from '../lockdown/native-operations.ts';
import { runTask } from './run-task.ts';
import { readTaskSettings, type TaskSettings } from './task-settings.ts';

const standardError = 2;
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort()); // what was found is sent before the end

try {
  closeToOthers();
  const settings = readTaskSettings(readEnvironment());
  process.exit(await runTask({ settings, sandbox: sandboxFor(settings), signal: stop.signal }));
} catch (error) {
  // the log of a task is read by operators of ours: a code, never content
  const errorCode = error instanceof Fault ? error.code : 'task.unexpected';
  writeSync(standardError, `${JSON.stringify({ level: 'error', service: 'task', event: 'task.failed', errorCode })}\n`);
  process.exit(taskExits.failed);
}

// The analyzer has the same user as this program, because without capabilities nobody here can become another. So the kernel is told to
// keep this program's memory and environment, where the URLs are, from processes of the same user too.
function closeToOthers(): void {
  const errno = nativeOperations(import.meta.dirname).setUndumpable();
  if (errno !== 0) throw new Fault('sandbox.wall_failed', { internal: `PR_SET_DUMPABLE: errno ${String(errno)}` });
}

function sandboxFor({ memoryMib }: TaskSettings): ReturnType<typeof localSandbox> {
  return localSandbox({
    runtimeDirectory: import.meta.dirname,
    environment: 'fargate',
    bubblewrap: 'off', // there are no user namespaces
    cgroup: 'off', // nor cgroups of our own: the task is one
    memoryBytesMax: (memoryMib - limits.taskOwnMemoryMib) * MIB,
  });
}
