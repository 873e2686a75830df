import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { SandboxOrder } from '@lib/contract';

/** One thing that must not be possible, and the error codes by which a wall (not a missing peer) answers. */
type Probe = { readonly name: string; readonly attempt: () => unknown; readonly walls: readonly string[] };

const documentationAddress = '192.0.2.1'; // RFC 5737: nobody is there, so a missing wall answers a time-out, never EPERM

/**
 * Tries what must be impossible behind the walls. Answers what was possible, or failed for another reason than a wall: empty is good.
 */
export async function selfTest(order: SandboxOrder): Promise<readonly string[]> {
  const probes: readonly Probe[] = [
    { name: 'open a connection', attempt: () => connection(), walls: ['EPERM', 'EACCES'] },
    { name: 'start a process', attempt: () => startProcess(), walls: ['EPERM', 'EACCES'] },
    { name: 'read /etc/passwd on the thread pool', attempt: () => readFile('/etc/passwd'), walls: ['EACCES', 'EPERM', 'ENOENT'] },
    writing(order),
  ];
  const possible: string[] = [];
  for (const probe of probes) {
    const code = await outcomeOf(probe.attempt);
    if (!probe.walls.includes(code)) possible.push(`${probe.name}: ${code}`);
  }
  return possible;
}

// Whoever may not write tries where the tree is; whoever may, just outside: beside the folder it was given.
function writing(order: SandboxOrder): Probe {
  const walls = ['EROFS', 'EPERM', 'EACCES', 'ENOENT'];
  return order.program === 'runner'
    ? { name: 'write into the tree', attempt: () => writeFileSync(`${order.treeDirectory}/probe`, ''), walls: ['EROFS', 'EPERM', 'EACCES'] }
    : { name: 'write beside the target', attempt: () => writeFileSync(`${order.targetDirectory}.probe`, ''), walls };
}

async function outcomeOf(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
    return 'succeeded';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'failed without a code';
  }
}

function connection(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: documentationAddress, port: 80, timeout: 1000 });
    socket.once('connect', resolve);
    socket.once('timeout', () => {
      socket.destroy();
      resolve(); // a packet left: that is success enough
    });
    socket.once('error', reject);
  });
}

function startProcess(): void {
  const started = spawnSync('/bin/true', [], { stdio: 'inherit', env: {} });
  if (started.error !== undefined) throw started.error;
}
