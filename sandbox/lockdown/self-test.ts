import { open, readFile } from 'node:fs';
import type { SandboxOrder } from '@lib/contract';
import { errnos } from '../profile/filter-program.ts';
import type { NativeOperations } from './native-operations.ts';

/** One thing that must not be possible: how it went, and the answers by which a wall (not a missing peer) refuses. */
type Probe = { readonly name: string; readonly attempt: () => string | Promise<string>; readonly walls: readonly string[] };

/**
 * Tries what must be impossible behind the walls: raw calls past everything that Node does in between, and files on the thread pool,
 * which shows that the filter holds on other threads than this one. Answers what was possible, or failed for another reason than a
 * wall: empty is good.
 */
export async function selfTest(order: SandboxOrder, native: NativeOperations): Promise<readonly string[]> {
  const probes: readonly Probe[] = [
    { name: 'set up a ring', attempt: () => named(native.tryRing()), walls: ['ENOSYS'] },
    { name: 'make a socket', attempt: () => named(native.trySocket()), walls: ['EPERM'] },
    { name: 'start a process', attempt: () => named(native.tryProcess()), walls: ['EPERM'] },
    ...(order.landlockAbi > 0 || order.bubblewrap ? [readProbe] : []), // where neither is required, nothing keeps files from being read
    writeProbe(order),
  ];
  const outcomes = await Promise.all(probes.map(async (probe) => ({ probe, outcome: await probe.attempt() })));
  return outcomes.flatMap(({ probe, outcome }) => (probe.walls.includes(outcome) ? [] : [`${probe.name}: ${outcome}`]));
}

const readProbe: Probe = {
  name: 'read /etc/passwd on the thread pool',
  attempt: () => reading('/etc/passwd'),
  walls: ['EACCES', 'ENOENT'],
};

// Whoever may not write tries where the tree is: the filter answers, on another thread. Whoever may, tries just outside: the file walls answer.
function writeProbe(order: SandboxOrder): Probe {
  return order.program === 'runner'
    ? { name: 'write into the tree', attempt: () => writing(`${order.treeDirectory}/probe`), walls: ['EROFS'] }
    : { name: 'write beside the target', attempt: () => writing(`${order.targetDirectory}.probe`), walls: ['EROFS', 'EACCES', 'ENOENT'] };
}

function named(errno: number): string {
  if (errno === 0) return 'succeeded';
  return Object.entries(errnos).find(([, value]) => value === errno)?.[0] ?? `errno ${String(errno)}`;
}

function reading(path: string): Promise<string> {
  return new Promise((resolve) => readFile(path, (error) => resolve(error?.code ?? 'succeeded')));
}

function writing(path: string): Promise<string> {
  return new Promise((resolve) => open(path, 'w', (error) => resolve(error?.code ?? 'succeeded')));
}
