import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** A running server, as it describes itself in its lock file. */
export type Postmaster = { readonly pid: number; readonly port: number; readonly isReady: boolean };

/**
 * The live server of a cluster, or nothing. A process that merely inherited the number is not taken for it: its command line must
 * name postgres and this cluster, and a zombie has no command line.
 */
export function findPostmaster(cluster: string): Postmaster | undefined {
  const [pidLine, directory, , port, , , , status] = readLockFile(cluster);
  const pid = Number(pidLine);
  if (!Number.isInteger(pid) || pid <= 1 || directory !== cluster || !isServerOf(pid, cluster)) return undefined;
  return { pid, port: Number(port), isReady: status?.trim() === 'ready' };
}

/** Whether a process still runs; a zombie does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  if (process.platform !== 'linux') return true;
  const stat = read(`/proc/${String(pid)}/stat`);
  return stat !== '' && !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
}

/**
 * Processes of a dead server that still have the cluster open: they left it as their working directory. A new server must not start
 * beside them. Linux only; elsewhere the server's own check of shared memory stands alone.
 */
export function findOrphans(cluster: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)
    .filter((pid) => linkTarget(`/proc/${String(pid)}/cwd`) === cluster && isRunning(pid));
}

/** The process number that the lock file holds, whoever has it now. */
export function lockedPid(cluster: string): number | undefined {
  const pid = Number(readLockFile(cluster)[0]);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

/** Lines: pid, directory, start time, port, socket directory, address, shared memory, status. */
function readLockFile(cluster: string): readonly string[] {
  return read(join(cluster, 'postmaster.pid')).split('\n');
}

function isServerOf(pid: number, cluster: string): boolean {
  if (!isRunning(pid)) return false;
  if (process.platform !== 'linux') return true;
  const words = read(`/proc/${String(pid)}/cmdline`).split('\0');
  return (words[0] ?? '').endsWith('postgres') && words.includes(cluster);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // gone meanwhile, or not ours to read
  }
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
